"""A stream's footage as stretches of wall time: what a line of time is drawn by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from nvr_core.state import cameras
from nvr_core.state.coverage import HOUR
from nvr_core.state.files import HERE
from nvr_core.state.tables.segments import files, segments
from nvr_core.state.tables.volumes import totals

Span = tuple[int, int]
"""Wall time [began, ended), µs."""

AT_ONCE = 1000
"""Rows that are fetched at a time: more would hold the interpreter for too long."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a stream is here, and since when (wall time in µs; None: nothing is)."""

    bytes: int = 0
    oldest: int | None = None


def spans(
    connection: Connection, camera: str, stream: str, began: int, ended: int, nearer: int
) -> list[Span]:
    """Where footage is still here inside [began, ended), in order.

    Stretches that are nearer to each other than `nearer` µs become one.
    """
    own = segments.c
    query = (
        select(own.start, own.duration)
        .where(
            own.stream == cameras.stream(connection, camera, stream),
            own.deleted_at.is_(None),
            own.start > began - HOUR,
            own.start < ended,
        )
        .order_by(own.start)
        .execution_options(yield_per=AT_ONCE)
    )
    found: list[Span] = []
    for start, duration in connection.execute(query):
        first, last = max(start, began), min(start + duration, ended)
        if first >= last:
            continue
        if found and first - found[-1][1] < nearer:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def kept(connection: Connection, camera: str, stream: str) -> Kept:
    """What retention counts of a stream."""
    number = cameras.stream(connection, camera, stream)
    own, held = segments.c, files.c
    query = (
        select(own.start)
        .join(files, held.segment == own.id)
        .where(own.stream == number, own.deleted_at.is_(None), held.state == HERE)
        .order_by(own.start)
        .limit(1)
    )
    size = select(func.sum(totals.c.bytes)).where(totals.c.stream == number)
    return Kept(
        bytes=int(connection.execute(size).scalar() or 0),
        oldest=connection.execute(query).scalar(),
    )
