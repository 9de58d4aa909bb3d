"""What a server brings along when it starts, and what it must know of what was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from nvr_core.clock import Clock
from nvr_core.state import cameras, history, ledger, told_notices, volumes
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


def enter(
    connection: Connection,
    clock: Clock,
    *,
    names: Mapping[str, str],
    volume: str,
    limit: int | None,
) -> None:
    """Make exactly these cameras (id → name) the watched ones, and this folder a volume.

    What was recorded under a camera that left stays under it. limit: most bytes of footage on the
    volume; None: what the disk can spare. Raises Refused.
    """
    known = {one.camera: one.name for one in cameras.list_cameras(connection)}
    for camera in sorted(known.keys() - names.keys()):
        cameras.remove_camera(connection, camera, at=clock.wall())
    for camera, name in names.items():
        if camera not in known:
            cameras.add_camera(connection, clock, name=name, channel=None, camera=camera)
        elif known[camera] != name:
            cameras.rename_camera(connection, camera, name)
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


def end_others(connection: Connection, wanted: Iterable[tuple[str, str]], *, at: int) -> None:
    """Streams that nobody wants any more end, where no recorder is left that would say so.

    wanted: (camera, stream) of all that are to be kept. at: wall time, µs.
    """
    for camera, stream in sorted(ledger.going_on(connection) - set(wanted)):
        ledger.end(connection, camera, stream, at=at)
