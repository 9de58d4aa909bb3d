"""What storage may delete, in the order in which it was recorded, and never what a hold covers.

Segments have local numbers in the order in which they were told. A clock that is set changes the
times of footage and not these numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, or_, select
from sqlalchemy.sql import ColumnElement

from nvr_core.clock import SECOND
from nvr_core.state.files import GARBAGE, HERE, Held, become
from nvr_core.state.tables.devices import streams
from nvr_core.state.tables.gaps import gaps
from nvr_core.state.tables.people import holds
from nvr_core.state.tables.recorders import recorder_starts
from nvr_core.state.tables.segments import files, runs, segments
from nvr_core.wire.facts import Cause

HOUR = 3600 * SECOND
FLOOR = 1_735_689_600 * SECOND
"""2025-01-01, µs UTC. This program is younger: an earlier time is that of a wrong clock."""
LEAD = 180 * SECOND
"""µs before a hold that stay with it: its first segment may need the key frame of the one before,
and none lasts longer."""
LATE = 600 * SECOND
"""µs that footage may be too old before it is looked for: then ten minutes of it go together."""
STEP = HOUR
"""µs. A clock that was set by more had told times that nobody can count days by."""


class Recorded(NamedTuple):
    """A file with what its place in the order is read from."""

    recorder: int
    """Local number of who told it; 0: only footage names that life."""
    start: int
    """Wall times of its footage as told, µs."""
    end: int
    held: Held


def in_order(
    connection: Connection, volume: int, *, now: int, after: int = 0, limit: int
) -> list[Recorded]:
    """Files here on a volume that no hold covers, those told first first.

    now: wall time, µs, by which holds end; after: the segment's number before the first.
    """
    query = _recorded().where(
        files.c.volume == volume,
        files.c.state == HERE,
        files.c.segment > after,
        ~_covered(now),
    )
    return _listed(connection, query.order_by(files.c.segment, files.c.key), limit)


def of_streams(
    connection: Connection, volume: int, numbers: Iterable[int], *, now: int, limit: int
) -> list[Recorded]:
    """The same of some streams only. It looks at all that these have."""
    query = _recorded().where(
        segments.c.stream.in_(list(numbers)),
        segments.c.deleted_at.is_(None),
        files.c.volume == volume,
        files.c.state == HERE,
        ~_covered(now),
    )
    return _listed(connection, query.order_by(segments.c.id, files.c.key), limit)


def aged(
    connection: Connection, volume: int, stream: int, *, cutoff: int, now: int, limit: int
) -> list[Recorded]:
    """Files of a stream whose footage ended before `cutoff`, as far as times can be believed.

    It is read off the order: all goes that was told no later than the last segment that is old by
    a time which can be believed, and before which nothing was told that is younger. So footage
    with a time of 1970 or 2036 goes when its neighbours go. Wall times in µs.
    """
    if not _begun(connection, stream, cutoff - LATE):
        return []
    through = connection.execute(_through(stream, cutoff, now)).scalar()
    if through is None:
        return []
    query = _recorded().where(
        segments.c.stream == stream,
        segments.c.deleted_at.is_(None),
        segments.c.id <= through,
        files.c.volume == volume,
        files.c.state == HERE,
        ~_covered(now),
    )
    return _listed(connection, query.order_by(segments.c.id, files.c.key), limit)


def _begun(connection: Connection, stream: int, cutoff: int) -> bool:
    """Whether a stream has anything that old: one look, where the whole question is a thousand."""
    own = segments.c
    query = select(own.start + own.duration).where(
        own.stream == stream, own.deleted_at.is_(None), own.start >= FLOOR
    )
    end = connection.execute(query.order_by(own.start).limit(1)).scalar()
    return end is not None and end <= cutoff


def _through(stream: int, cutoff: int, now: int) -> Select[*tuple[Any, ...]]:
    own = segments.c
    mine = and_(own.stream == stream, own.deleted_at.is_(None))
    end = own.start + own.duration
    younger = select(func.min(own.id)).where(
        mine, own.start > cutoff - HOUR, end > cutoff, own.start <= now + HOUR
    )
    line = gaps.c
    step = (line.ended - line.began) - (line.ended_monotonic - line.began_monotonic)
    # The same life of the recorder saw its clock being set, later: these are times of before.
    belied = (
        select(line.id)
        .where(
            line.stream == stream,
            line.cause == Cause.CLOCK.value,
            line.began_in == own.recorder_start,
            line.ended_in == own.recorder_start,
            line.told > runs.c.told,
            or_(step > STEP, step < -STEP),
        )
        .exists()
    )
    return (
        select(own.id)
        .join(runs, runs.c.id == own.run)
        .where(
            mine,
            own.start >= FLOOR,
            end <= cutoff,
            own.id < func.coalesce(younger.scalar_subquery(), 1 << 62),
            ~belied,
        )
        .order_by(own.id.desc())
        .limit(1)
    )


def garbage(
    connection: Connection, volume: int, *, now: int, after: int = 0, limit: int
) -> list[Recorded]:
    """Files that are to be unlinked, in the order in which they were told; none that is held."""
    query = _recorded().where(_garbage(volume), files.c.segment > after, ~_covered(now))
    return _listed(connection, query.order_by(files.c.segment, files.c.key), limit)


def rescued(connection: Connection, volume: int, *, now: int, limit: int) -> list[Recorded]:
    """Files that are to be unlinked, and that somebody has held since."""
    return _listed(connection, _recorded().where(_garbage(volume), _covered(now)), limit)


def garbage_bytes(connection: Connection, volume: int) -> int:
    """What all files hold that are to be unlinked."""
    query = select(func.sum(files.c.size)).where(_garbage(volume))
    return int(connection.execute(query).scalar() or 0)


def unheld(connection: Connection, held: Sequence[Held], *, now: int) -> list[Held]:
    """Those that no hold covers at this moment."""
    numbers = {one.segment for one in held}
    query = select(segments.c.id).join(streams, streams.c.id == segments.c.stream)
    free = set(
        connection.execute(query.where(segments.c.id.in_(numbers), ~_covered(now))).scalars()
    )
    return [one for one in held if one.segment in free]


def mark(connection: Connection, held: Sequence[Held], *, now: int) -> list[Held]:
    """Make these garbage, but for those that a hold covers by now. Returns which."""
    free = unheld(connection, held, now=now)
    become(connection, free, GARBAGE)
    return free


def newest(connection: Connection, volume: int, limit: int) -> list[tuple[int, int, int]]:
    """(stream, bytes, µs) of the files of a volume that were told last."""
    query = (
        select(segments.c.stream, files.c.size, segments.c.duration)
        .join(segments, segments.c.id == files.c.segment)
        .where(files.c.volume == volume, files.c.state == HERE)
        .order_by(files.c.segment.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def first(connection: Connection, volume: int, stream: int) -> int | None:
    """The earliest wall time that footage of a stream bears which is here on a volume, µs."""
    own = segments.c
    query = (
        select(own.start)
        .join(files, files.c.segment == own.id)
        .where(
            own.stream == stream,
            own.deleted_at.is_(None),
            files.c.volume == volume,
            files.c.state == HERE,
        )
        .order_by(own.start)
    )
    return connection.execute(query.limit(1)).scalar()


def between(
    connection: Connection, volume: int, numbers: Iterable[int], began: int, ended: int
) -> tuple[int, int]:
    """Bytes, and the first start, of what began in a span and is here on a volume."""
    total, earliest = 0, ended
    own = segments.c
    for stream in numbers:
        query = (
            select(func.sum(files.c.size), func.min(own.start))
            .join(files, files.c.segment == own.id)
            .where(
                own.stream == stream,
                own.deleted_at.is_(None),
                own.start >= began,
                own.start < ended,
                files.c.volume == volume,
            )
        )
        size, start = connection.execute(query).one()
        total += int(size or 0)
        earliest = min(earliest, ended if start is None else start)
    return total, earliest


def _garbage(volume: int) -> ColumnElement[bool]:
    # What the partial index covers is said again, so that it is used.
    return and_(files.c.volume == volume, files.c.state == GARBAGE, files.c.state != HERE)


def _covered(now: int) -> ColumnElement[bool]:
    own = holds.c
    return (
        select(own.id)
        .where(
            own.camera == streams.c.camera,
            own.began - LEAD < segments.c.start + segments.c.duration,
            own.ended > segments.c.start,
            own.released_at.is_(None),
            or_(own.until.is_(None), own.until > now),
        )
        .exists()
    )


def _recorded() -> Select[*tuple[Any, ...]]:
    own, lives = segments.c, recorder_starts.c
    return (
        select(files, own.stream, own.start, own.duration, lives.recorder)
        .join(segments, own.id == files.c.segment)
        .join(recorder_starts, lives.id == own.recorder_start)
        .join(streams, streams.c.id == own.stream)
    )


def _listed(connection: Connection, query: Select[*tuple[Any, ...]], limit: int) -> list[Recorded]:
    return [_made(row) for row in connection.execute(query.limit(limit))]


def _made(row: Row[*tuple[Any, ...]]) -> Recorded:
    held = Held(row.segment, row.stream, row.volume, row.key, row.size)
    return Recorded(row.recorder or 0, row.start, row.start + row.duration, held)
