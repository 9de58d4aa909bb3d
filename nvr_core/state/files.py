"""Rows of files, and the totals that count them: the one place where either is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, tuple_, update
from sqlalchemy.sql import ColumnElement

from nvr_core.state import bulk
from nvr_core.state.tables.segments import files, segments, writing
from nvr_core.state.tables.volumes import totals

HERE, COPYING, GARBAGE, QUARANTINED = "here", "copying", "garbage", "quarantined"


_MOVED = (
    update(totals)
    .where(totals.c.volume == bindparam("of"), totals.c.stream == bindparam("by"))
    .values(files=totals.c.files + bindparam("number"), bytes=totals.c.bytes + bindparam("size"))
)


class Held(NamedTuple):
    """A segment's bytes at one place; local numbers of segment, stream and volume."""

    segment: int
    stream: int
    volume: int
    key: str
    size: int


def here(connection: Connection, held: Sequence[Held], *, verified_at: int | None = None) -> None:
    """These files are there, whole and durable."""
    if not held:
        return
    rows = [
        {
            "segment": one.segment,
            "volume": one.volume,
            "key": one.key,
            "size": one.size,
            "state": HERE,
            "verified_at": verified_at,
        }
        for one in held
    ]
    bulk.inserted(connection, files, rows)
    _count(connection, [(one, 1) for one in held])


def become(connection: Connection, held: Iterable[Held], state: str) -> None:
    """Files get another state: garbage before they are unlinked, quarantined when damaged."""
    for one in held:
        row = connection.execute(select(files.c.state).where(*_is(one))).first()
        if row is None or row.state == state:
            continue
        connection.execute(update(files).where(*_is(one)).values(state=state))
        _count(connection, [(one, (state == HERE) - (row.state == HERE))])


def drop(connection: Connection, held: Sequence[Held], *, at: int, why: str) -> None:
    """These files are unlinked, durably: their rows go, and segments without any other fade.

    at: wall time, µs.
    """
    become(connection, held, GARBAGE)
    for one in held:
        connection.execute(delete(files).where(*_is(one)))
    left = select(files.c.segment).where(files.c.segment == segments.c.id).exists()
    query = select(segments.c.id).where(segments.c.id.in_({one.segment for one in held}), ~left)
    deleted(connection, connection.execute(query).scalars().all(), at=at, why=why)


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Drop all rows of files of these segments, without a word on the segments themselves."""
    rows = connection.execute(_joined().where(files.c.segment.in_(numbers))).all()
    if rows:
        connection.execute(delete(files).where(files.c.segment.in_(numbers)))
        _count(connection, [(_held(row), -1) for row in rows if row.state == HERE])


def deleted(connection: Connection, numbers: Sequence[int], *, at: int, why: str) -> None:
    """These segments have no file any more. What remains of them says that they were."""
    if numbers:
        connection.execute(
            update(segments)
            .where(segments.c.id.in_(numbers), segments.c.deleted_at.is_(None))
            .values(deleted_at=at, deleted_why=why, parts=None)
        )


def missing(connection: Connection, segment: str, *, at: int) -> None:
    """The file of a segment is not where it should be, on a volume that is there and ours.

    at: wall time, µs.
    """
    query = select(segments.c.id).where(segments.c.segment == segment)
    numbers = connection.execute(query).scalars().all()
    if numbers:
        forget(connection, numbers)
        deleted(connection, numbers, at=at, why="missing")


def in_state(connection: Connection, volume: int, state: str, limit: int) -> list[Held]:
    """At most `limit` files of a volume that are not here, such as garbage to be unlinked."""
    # What the partial index covers is said again, so that it is used.
    query = _joined().where(files.c.volume == volume, files.c.state == state, files.c.state != HERE)
    return [_held(row) for row in connection.execute(query.limit(limit))]


def being_written(connection: Connection, volume: int) -> dict[str, str]:
    """Key → segment of files that a recorder writes, or left torn: nobody else touches them."""
    query = select(writing.c.key, writing.c.segment).where(writing.c.volume == volume)
    return {row.key: row.segment for row in connection.execute(query)}


def every(
    connection: Connection, volume: int, *, after: Held | None = None, limit: int = 1000
) -> list[Held]:
    """The files of a volume in any state, in the order in which their segments were told."""
    query = _joined().where(files.c.volume == volume)
    if after is not None:
        place = tuple_(files.c.segment, files.c.key)
        query = query.where(files.c.segment >= after.segment, place > (after.segment, after.key))
    query = query.order_by(files.c.segment, files.c.key).limit(limit)
    return [_held(row) for row in connection.execute(query)]


def recounted(connection: Connection) -> dict[tuple[int, int], tuple[int, int]]:
    """(volume, stream) → (files, bytes), counted anew: seconds for millions. For check."""
    query = (
        select(files.c.volume, segments.c.stream, func.count(), func.sum(files.c.size))
        .join(segments, segments.c.id == files.c.segment)
        .where(files.c.state == HERE)
        .group_by(files.c.volume, segments.c.stream)
    )
    return {(row[0], row[1]): (row[2], int(row[3])) for row in connection.execute(query)}


def _is(one: Held) -> list[ColumnElement[bool]]:
    return [
        files.c.segment == one.segment,
        files.c.volume == one.volume,
        files.c.key == one.key,
    ]


def _joined() -> Select[*tuple[Any, ...]]:
    return select(files, segments.c.stream).join(segments, segments.c.id == files.c.segment)


def _held(row: Row[*tuple[Any, ...]]) -> Held:
    return Held(row.segment, row.stream, row.volume, row.key, row.size)


def _count(connection: Connection, changes: Sequence[tuple[Held, int]]) -> None:
    """Move the totals by so many files each."""
    moved: dict[tuple[int, int], tuple[int, int]] = {}
    for one, change in changes:
        number, size = moved.get((one.volume, one.stream), (0, 0))
        moved[one.volume, one.stream] = (number + change, size + change * one.size)
    rows = [
        {"of": volume, "by": stream, "number": number, "size": size}
        for (volume, stream), (number, size) in moved.items()
    ]
    if bulk.updated(connection, _MOVED, rows) == len(rows):
        return
    query = select(totals.c.volume, totals.c.stream).where(
        totals.c.stream.in_({row["by"] for row in rows})
    )
    there = {(volume, stream) for volume, stream in connection.execute(query)}
    fresh = [
        {"volume": row["of"], "stream": row["by"], "files": row["number"], "bytes": row["size"]}
        for row in rows
        if (row["of"], row["by"]) not in there
    ]
    bulk.inserted(connection, totals, fresh)


def retotal(connection: Connection) -> int:
    """Count anew, and let the totals say so. Returns how many of them were wrong."""
    counted = recounted(connection)
    rows = connection.execute(select(totals)).all()
    wrong = 0
    for row in rows:
        number, size = counted.pop((row.volume, row.stream), (0, 0))
        if (row.files, row.bytes) != (number, size):
            wrong += 1
            own = update(totals).where(totals.c.volume == row.volume, totals.c.stream == row.stream)
            connection.execute(own.values(files=number, bytes=size))
    fresh = [
        {"volume": volume, "stream": stream, "files": number, "bytes": size}
        for (volume, stream), (number, size) in counted.items()
    ]
    bulk.inserted(connection, totals, fresh)
    return wrong + len(fresh)
