"""Files that were found on a volume: which of them have rows, and rows for those that have none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from nvr_core.state import files, ledger
from nvr_core.state.files import Held
from nvr_core.state.tables.segments import files as table
from nvr_core.state.tables.segments import segments
from nvr_core.wire.facts import SegmentClosed

CHUNK = 500
"""Ids asked for in one statement."""


class Lies(NamedTuple):
    """Where a segment's bytes lie, and in which state."""

    held: Held
    state: str


def keys(connection: Connection, volume: int, stream: int) -> set[str]:
    """Keys of all files of a stream on a volume, in any state."""
    query = (
        select(table.c.key)
        .join(segments, segments.c.id == table.c.segment)
        .where(
            segments.c.stream == stream,
            segments.c.deleted_at.is_(None),
            table.c.volume == volume,
        )
    )
    return set(connection.execute(query).scalars())


def located(connection: Connection, ids: Sequence[str]) -> dict[str, list[Lies]]:
    """Segment's id → its files; of those that have any."""
    found: dict[str, list[Lies]] = {}
    for first in range(0, len(ids), CHUNK):
        query = (
            select(segments.c.segment, segments.c.stream, table)
            .join(table, table.c.segment == segments.c.id)
            .where(segments.c.segment.in_(ids[first : first + CHUNK]))
        )
        for row in connection.execute(query):
            held = Held(row[2], row.stream, row.volume, row.key, row.size)
            found.setdefault(row[0], []).append(Lies(held, row.state))
    return found


def still(connection: Connection, held: Sequence[Held], state: str) -> list[Held]:
    """Those of the files whose row is as it was, and in this state."""
    query = select(table.c.segment, table.c.volume, table.c.key).where(
        table.c.segment.in_({one.segment for one in held}), table.c.state == state
    )
    there = {tuple(row) for row in connection.execute(query)}
    return [one for one in held if (one.segment, one.volume, one.key) in there]


def dropped(connection: Connection, held: Sequence[Held], *, at: int, why: str) -> list[Held]:
    """Drop rows that still say that the file is here. Returns which. at: wall time, µs."""
    lost = still(connection, held, files.HERE)
    files.drop(connection, lost, at=at, why=why)
    return lost


def take(
    connection: Connection, volume: int, closed: Iterable[tuple[str, SegmentClosed]], *, at: int
) -> list[str]:
    """Rows for files of a volume that have none, in the order in which they were recorded.

    closed: key and what the file says of itself. A segment that lies on another volume too gets
    one more place; one that has a row on this volume is left as it is. Returns the keys of those.
    at: wall time, µs.
    """
    some = list(closed)
    known = located(connection, [one.segment for _, one in some])
    fresh: dict[str, SegmentClosed] = {}
    more: dict[str, Held] = {}
    left = []
    for key, one in some:
        lies = known.get(one.segment, [])
        if (
            one.segment in fresh
            or one.segment in more
            or any(x.held.volume == volume for x in lies)
        ):
            left.append(key)
        elif lies:
            first = lies[0].held
            more[one.segment] = Held(first.segment, first.stream, volume, key, one.size)
        else:
            fresh[one.segment] = one
    ledger.adopt(connection, list(fresh.values()), at=at)
    files.here(connection, list(more.values()))
    return left
