"""Holes and pauses that a row makes, and the ledger that a server has of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nvr_core import app
from nvr_core.clock import SECOND
from nvr_core.state import cameras as catalogued
from nvr_core.state import coverage, history
from tests.shows.figures import Row

BEGIN, END = 1.5, 6.0
"""Seconds in which a hole begins after its cause, and ends after it: a fragment or the way to a key
frame; a retry, the camera's answer and its next key frame."""


RING = 10.0
"""Seconds that a ring's segment lasts at most: one that reaches into a window is kept whole, and
the pause ends where it begins."""


@dataclass
class Done:
    """A hole or a pause as it was made. Wall times, µs."""

    cause: str
    began: int
    ended: int = 0


WAY_BACK = "waiting-for-key-frame"
"""What a hole ends with, and is part of it here."""


def joined(found: Sequence[history.Gap]) -> list[history.Gap]:
    """A camera's way back to a key frame is part of the hole before it; so is a restart's start."""
    made: list[history.Gap] = []
    for gap in found:
        last = made[-1] if made else None
        touches = last is not None and last.ended == gap.began
        if last is not None and touches and gap.cause in (WAY_BACK, last.cause):
            made[-1] = replace(last, ended=gap.ended)
        else:
            made.append(gap)
    return made


async def compare(
    row: Row, made: Mapping[str, Sequence[Done]], ronda: app.Ronda, since: int, until: int
) -> None:
    """The ledger of a server that has just started, with what was done."""
    state = ronda.state
    for camera in ronda.recording.cameras:
        number = await state.read(partial(catalogued.stream, camera=camera.id, name="main"))
        assert number is not None
        found = await state.read(
            partial(history.gaps_between, stream=number, began=since, ended=until)
        )
        told = joined([gap for gap in found if gap.began >= since])
        done = made[camera.id]
        row.figure(f"{camera.name}: holes and pauses made", len(done))
        row.figure(f"{camera.name}: told", ", ".join(gap.cause for gap in told))
        if [gap.cause for gap in told] != [one.cause for one in done]:
            row.miss(f"{camera.name}: made were {', '.join(one.cause for one in done)}")
            for gap in told:
                row.figure(f"  {gap.cause}", f"{gap.began} to {gap.ended}")
            for one in done:
                row.figure(f"  made: {one.cause}", f"{one.began} to {one.ended}")
            continue
        for gap, one in zip(told, done, strict=True):
            early = (gap.began - one.began) / SECOND
            late = ((gap.ended or until) - one.ended) / SECOND
            name = f"{camera.name}: {gap.cause} at {(one.began - since) / SECOND / 60:.1f} min"
            row.figure(f"{name}, begins later", early, unit="s", at_least=-BEGIN, at_most=BEGIN)
            least = -RING if gap.pause else -BEGIN
            row.figure(f"{name}, ends later", late, unit="s", at_least=least, at_most=END)
        (lines,) = (
            await state.read(
                partial(coverage.lines, streams=[number], began=0, ended=until, now=until)
            )
        ).values()
        faults = [fault for line in lines for fault in line.faults]
        row.figure(f"{camera.name}: what does not tile", len(faults), at_most=0)
        if faults:
            for gap in found:
                row.figure(f"  {gap.cause}", f"{gap.began} to {gap.ended}")
            work = partial(history.runs_between, stream=number, began=since, ended=until)
            for run in await state.read(work):
                row.figure("  run", f"{run.began} to {run.ended}")
        share = await state.read(
            partial(coverage.coverage, streams=[number], began=since, ended=until, now=until)
        )
        holes = sum(one.ended - one.began for one in done if not one.cause.startswith("by-"))
        pauses = sum(one.ended - one.began for one in done if one.cause.startswith("by-"))
        wanted = (until - since - pauses) / SECOND
        row.figure(
            f"{camera.name}: wanted, more than reckoned",
            share[number].wanted / SECOND - wanted,
            unit="s",
            at_least=-9,
            at_most=9,
        )
        row.figure(
            f"{camera.name}: recorded, more than reckoned",
            share[number].recorded / SECOND - (wanted - holes / SECOND),
            unit="s",
            at_least=-25,
            at_most=9,
        )
