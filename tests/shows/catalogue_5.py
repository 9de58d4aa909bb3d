"""catalogue.5: a clock of 1970, of 2036, an hour wrong: nothing goes early, footage is found again.

A real recorder and real files on a clock that is steered; then days of footage in a catalogue
whose clock is wrong in between, with the rounds of the storage.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.recording.reads import Reads
from nvr_core.recording.storing import Storing
from nvr_core.simulators import simulate
from nvr_core.state import cameras as catalogued
from nvr_core.state import clocks, coverage, files, footage, opening
from nvr_core.state.catalogue import State
from nvr_core.storage import boxes, policy
from nvr_core.storage.policy import Policies, Policy
from nvr_core.storage.trusting import LATELY, ClockTrust
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.testing.steered import Steered
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, SegmentClosed
from tests.core.storage.house import DAY, MINUTE, NOON, House, house
from tests.shows.figures import Row
from tests.shows.office import LOOPS, cameras

HOUR = 60 * MINUTE
WRONG = {"1970": -NOON + DAY, "2036": 10 * 365 * DAY, "an hour slow": -HOUR, "an hour fast": HOUR}
"""µs by which the clock is wrong."""
DAYS = 3
"""For which footage stays in the second part."""
NEAR = 2 * SECOND


@dataclass(frozen=True)
class Part:
    """Seconds of recording and by how much the clock was wrong then, µs."""

    wrong: int
    began: int
    ended: int
    """Right wall times, µs."""


async def until_more(rig: Rig, holes: int) -> None:
    """One more hole has come to its end."""
    await rig.until(lambda: len(rig.told(GapClosed)) > holes)


async def record(folder: Path, plan: Sequence[int], seconds: float) -> tuple[Rig, list[Part]]:
    """A recorder and a camera; the clock is set from each offset to the next while they run."""
    folder.mkdir()
    clock = Steered(folder / "clock")
    clock.set_by(plan[0])
    rig = Rig(folder, options=IMPATIENT, clock=clock)
    made = []
    async with simulate(cameras(1), cache=LOOPS) as site, rig.recorder():
        rig.want(rig.stream(site.url("cam-000")))
        await rig.until(lambda: rig.told(GapClosed))
        for place, wrong in enumerate(plan):
            if place:
                holes = len(rig.told(GapClosed))
                clock.set_by(wrong - plan[place - 1])
                await until_more(rig, holes)
            began = clock.wall() - wrong
            await asyncio.sleep(seconds)
            made.append(Part(wrong, began, clock.wall() - wrong))
    return rig, made


async def store(rig: Rig, state: State) -> int:
    """What the journal tells, into a catalogue. Returns the stream."""
    reads = Reads()
    journal = rig.data / "journal" / "rtsp"
    storing = Storing("rtsp", state, reads, journal=journal, stored=lambda name, number: None)
    await storing.begin()
    task = asyncio.create_task(storing.run())
    await storing.level.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    reads.close()
    number = await state.read(partial(catalogued.stream, camera=rig.camera, name="main"))
    assert number is not None
    return number


async def found_again(row: Row, name: str, folder: Path, plan: Sequence[int]) -> None:
    """Footage of each part is in the catalogue under its right time, or a doubt leads there."""
    rig, parts = await record(folder, plan, 4.0)
    async with opening.opened(folder / "catalogue", rig.clock) as state:
        stream = await store(rig, state)
        doubts = await state.read(partial(clocks.doubts, stream=stream))
        lost = 0
        for part in parts:
            look = partial(footage.between, stream=stream, began=part.began, ended=part.ended)
            there = await state.read(look)
            really = [
                one for one in there if not any(d.began <= one.start < d.ended for d in doubts)
            ]
            led = clocks.belonging(doubts, part.began, part.ended)
            length = sum(min(o.end, part.ended) - max(o.start, part.began) for o in really)
            for one in led:
                length += min(one.ended + one.by, part.ended) - max(one.began + one.by, part.began)
            short = (part.ended - part.began - length) / SECOND
            lost += short > NEAR / SECOND
            row.figure(
                f"{name}: recorded {part.wrong / SECOND:.0f} s wrong, not found at its time",
                short,
                unit="s",
                at_most=NEAR / SECOND,
            )
        wrong = [one for one in doubts if not any(abs(one.by + p.wrong) < NEAR for p in parts)]
        row.figure(f"{name}: doubts", len(doubts), at_least=len(set(plan)) - 1)
        row.figure(f"{name}: doubts that lead elsewhere", len(wrong), at_most=0)
        now = rig.clock.wall()
        work = partial(coverage.lines, streams=[stream], began=0, ended=1 << 60, now=now)
        faults = [fault for line in (await state.read(work))[stream] for fault in line.faults]
        row.figure(f"{name}: what does not tile", len(faults), at_most=0)
        marked = 0
        every = rig.segments()
        for fact in every:
            said = boxes.told(Path(fact.path))
            same = isinstance(said, SegmentClosed) and said.clock_error == fact.clock_error
            marked += same and fact.clock_error is not None
        row.figure(f"{name}: files", len(every))
        row.figure(
            f"{name}: say how right their clock was, as do their rows", marked, at_least=len(every)
        )


async def step(office: House, offset: int) -> None:
    """The clock is set; the recorder tells it as a gap of a second."""
    before, at = office.clock.wall(), office.clock.monotonic()
    office.clock.wall_offset = offset
    office.clock.passed += SECOND
    said = {
        "camera": "gang",
        "stream": "main",
        "gap": f"gap-{at}",
        "cause": Cause.CLOCK,
        "recorder_start": "start-1",
    }
    opened = GapOpened(**said, wall=before, monotonic=at)  # type: ignore[arg-type] # fields of both
    end = max(before, office.clock.wall())
    closed = GapClosed(**said, wall=end, monotonic=at + SECOND)  # type: ignore[arg-type] # fields of both
    await office.tell([opened, closed])


async def kept(row: Row, name: str, folder: Path, offset: int, synchronised: bool) -> None:
    """Ten days, a segment each half hour; on the fourth the clock is wrong for a day."""
    async with house(folder) as office:
        await office.add_volume()
        trust = ClockTrust(office.clock, lambda: synchronised or office.clock.wall_offset == 0)
        storage = office.storage(trust=trust)
        await storage.start()
        await office.started()
        await policy.choose(office.state, office.clock, Policies(Policy(DAYS)), by="me")
        real: dict[str, int] = {}
        early = doubtful = gone = here = 0
        rounds: list[int] = []
        hours = 0
        while hours < 10 * 24:
            if hours == 4 * 24:
                await step(office, offset)
            elif hours == 5 * 24:
                await step(office, 0)
            for _ in range(2):
                at = office.clock.monotonic()
                (fact,) = await office.record("gang")
                real[fact.path.removeprefix(f"{office.root()}/")] = at
                office.clock.passed = at + 30 * MINUTE
                before = office.disk()
                await storage.round()
                went = before - office.disk()
                gone += len(went)
                here = max(here, len(before))
                rounds.append(len(went))
                for key in went:
                    age = office.clock.monotonic() - real[key]
                    early += age < DAYS * DAY - 2 * HOUR
                doubtful += bool(went) and bool(trust().doubt)
            hours += 1
        await office.fits()
        left = office.disk()
        old = [key for key in left if office.clock.monotonic() - real[key] > (DAYS + 2) * DAY]
        row.figure(f"{name}: went for its age", gone, at_least=100)
        row.figure(f"{name}: went more than two hours early", early, at_most=0)
        row.figure(f"{name}: went while the clock was in doubt", doubtful, at_most=0)
        # The rule: twice the usual rate, an hour of it saved up, and the last file whole.
        usual = max(48, here / DAYS)
        saved = 2 * usual / 24 + 1
        day = max(sum(rounds[first : first + 48]) for first in range(len(rounds)))
        row.figure(f"{name}: went at once, at most", max(rounds), at_most=saved)
        row.figure(f"{name}: went in a day, at most", day, at_most=2 * usual + saved)
        row.figure(f"{name}: two days older than it may be, and here", len(old), at_most=0)
        states = set((await office.rows()).values())
        if states - {files.HERE}:
            row.miss(f"{name}: rows in states {states}")


async def work(row: Row, folder: Path, parts: Sequence[str]) -> None:
    if "footage" in parts:
        for name, offset in WRONG.items():
            path = folder / name.replace(" ", "-")
            await found_again(row, f"{name}, then mended", path, [offset, 0])
            path = path.with_name(path.name + "-between")
            await found_again(row, f"right, {name}, mended", path, [0, offset, 0])
    if "retention" in parts:
        for name, offset in WRONG.items():
            for known in (False, True):
                said = f"{name}, {'called synchronised' if known else 'not synchronised'}"
                await kept(row, said, folder / f"kept-{offset}-{known}", offset, known)
    row.figure("an hour's step is doubted for", LATELY / DAY, unit="days")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show catalogue.5", description=__doc__)
    every = ["footage", "retention"]
    parser.add_argument("--parts", nargs="+", choices=every, default=every)
    given = parser.parse_args(argv)
    row = Row("catalogue.5")

    def see() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
            asyncio.run(work(row, Path(folder), given.parts))

    return row.run(see)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
