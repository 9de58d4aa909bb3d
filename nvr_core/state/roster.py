"""What a server brings along when it starts, and what it must know of what was before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from nvr_core.clock import Clock
from nvr_core.state import history, ledger, told_notices, volumes
from nvr_core.state.history import Gap
from nvr_core.state.told_notices import Stored


@dataclass(frozen=True, slots=True)
class Before:
    """What was told before this start and still counts."""

    gaps: list[tuple[str, str, Gap]]
    """(camera, stream, gap) of all that goes on."""
    since: Mapping[tuple[str, str], int]
    """(camera, stream) of all that was kept last → wall time of the last hole's end, µs."""
    notices: list[Stored]


def enter(connection: Connection, clock: Clock, *, volume: str, limit: int | None) -> None:
    """Make this folder a volume.

    limit: most bytes of footage on it; None: what the disk can spare. Raises Refused.
    """
    there = {one.root: one for one in volumes.list_volumes(connection)}.get(volume)
    if there is None or there.role == "unknown":
        there = volumes.add_volume(connection, clock, root=volume)
    volumes.change_volume(
        connection,
        there.volume,
        state=there.state,
        role=there.role,
        limit_bytes=limit,
        reserve_bytes=there.reserve_bytes,
    )


def before(connection: Connection, *, since: int) -> Before:
    """since: wall time (µs) from which notices count."""
    return Before(
        gaps=history.open_gaps(connection),
        since=history.kept_since(connection),
        notices=told_notices.since_start(connection, since=since),
    )


def end_others(
    connection: Connection,
    wanted: Iterable[tuple[str, str]],
    *,
    unsaid: Collection[str] = (),
    at: int,
) -> None:
    """Streams that nobody wants any more end, where no recorder is left that would say so.

    wanted: (camera, stream) of all that are to be kept. unsaid: cameras of which nobody knows yet.
    at: wall time, µs.
    """
    for camera, stream in sorted(ledger.going_on(connection) - set(wanted)):
        if camera not in unsaid:
            ledger.end(connection, camera, stream, at=at)
