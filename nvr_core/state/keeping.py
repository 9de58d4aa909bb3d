"""What retention asks, and how what has gone shrinks: totals, the oldest footage, old remains."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from nvr_core.clock import SECOND
from nvr_core.state.files import HERE, Held
from nvr_core.state.tables.segments import files, segments
from nvr_core.state.tables.volumes import totals

REMAINS = 24 * 3600 * SECOND
"""µs for which a segment without files is remembered: longer than a check or a rebuild takes, so
that a file that turns up again is known for what it was."""
AT_ONCE = 64
"""Rows of one stream that are asked for at a time."""


class Total(NamedTuple):
    """Files of a stream that are here on a volume; local numbers of both."""

    volume: int
    stream: int
    files: int
    bytes: int


class Aged(NamedTuple):
    """A file with the wall times of its footage, µs."""

    start: int
    end: int
    held: Held


def totals_of(connection: Connection) -> list[Total]:
    """What lies where, for every stream and volume."""
    rows = connection.execute(select(totals).where(totals.c.files > 0))
    return [Total(row.volume, row.stream, row.files, row.bytes) for row in rows]


def oldest(connection: Connection, volume: int, stream: int | None = None) -> Iterator[Aged]:
    """Files here on a volume, oldest footage first; of one stream, or of all.

    Rows are read as they are needed: stop when enough is found. Holds are none of its business.
    """
    streams = [stream] if stream is not None else _streams(connection, volume)
    return heapq.merge(*(_of(connection, volume, one) for one in streams))


def _streams(connection: Connection, volume: int) -> list[int]:
    query = select(totals.c.stream).where(totals.c.volume == volume, totals.c.files > 0)
    return list(connection.execute(query).scalars())


def _of(connection: Connection, volume: int, stream: int) -> Iterator[Aged]:
    own, held = segments.c, files.c
    query = (
        select(own.start, own.duration, own.id, held.key, held.size)
        .join(files, held.segment == own.id)
        .where(
            own.stream == stream,
            own.deleted_at.is_(None),
            held.volume == volume,
            held.state == HERE,
        )
        .order_by(own.start, own.id)
        .limit(AT_ONCE)
    )
    start = number = None
    while True:
        page = query
        if start is not None:
            # Equal starts are passed over by number: two runs may begin at the same moment.
            page = query.where(own.start >= start, (own.start > start) | (own.id > number))
        rows = connection.execute(page).all()
        for start, duration, number, key, size in rows:
            yield Aged(start, start + duration, Held(number, stream, volume, key, size))
        if len(rows) < AT_ONCE:
            return


def shed(connection: Connection, *, now: int, limit: int = 1000) -> int:
    """Forget segments whose last file went more than REMAINS ago. Returns how many.

    Call it now and then until it returns less than `limit`. Runs and gaps stay.
    """
    own = segments.c
    query = (
        select(own.id)
        .where(own.deleted_at.is_not(None), own.deleted_at < now - REMAINS)
        .order_by(own.deleted_at)
        .limit(limit)
    )
    numbers = list(connection.execute(query).scalars())
    if numbers:
        connection.execute(segments.delete().where(own.id.in_(numbers)))
    return len(numbers)
