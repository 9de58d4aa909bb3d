"""Every place where the segments of a stretch of time lie, with all that was told of each.

What is being written is among them: it has a place, but no length, size or hash yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from nvr_core.state import footage
from nvr_core.state.coverage import HOUR
from nvr_core.state.files import HERE
from nvr_core.state.footage import Segment
from nvr_core.state.tables.segments import encodings, files, segments, writing
from nvr_core.state.tables.volumes import volumes

PAGE = 500
"""Segments of one answer: their ids stand in one statement."""


class Place(NamedTuple):
    """One copy of a segment."""

    volume: str
    root: str
    key: str
    """Path below the root."""
    size: int | None
    """None while it is written."""
    verified_at: int | None
    """When its hash was last found right, wall time in µs."""


class Lying(NamedTuple):
    """A segment and where it lies."""

    segment: str
    start: int
    """Wall time of its first frame, µs."""
    duration: int | None
    """µs; None while it is written."""
    codec: str
    width: int
    height: int
    frames: int
    sha256: bytes | None
    clock_error: int | None
    """Bound of the clock's error, µs; -1: not synchronised; None: nobody said."""
    lost_packets: int
    damaged_frames: int
    flags: int
    places: tuple[Place, ...]


class Page(NamedTuple):
    """Some segments in the order of their start, and where the next page begins."""

    found: Sequence[Lying]
    last: Segment | None
    """None: there was nothing more."""


def page(
    connection: Connection,
    stream: int,
    began: int,
    ended: int,
    *,
    after: Segment | None = None,
) -> Page:
    """Closed segments of a stream that touch [began, ended) and have a file, at most PAGE.

    after: `last` of the page before.
    """
    some = footage.between(connection, stream, began, ended, after=after, limit=PAGE)
    if not some:
        return Page((), None)
    own, held = segments.c, files.c
    rows = connection.execute(
        select(
            own.id,
            own.segment,
            own.start,
            own.duration,
            encodings.c.codec,
            encodings.c.width,
            encodings.c.height,
            own.frames,
            own.sha256,
            own.clock_error,
            own.lost_packets,
            own.damaged_frames,
            own.flags,
            volumes.c.volume,
            volumes.c.root,
            held.key,
            held.size,
            held.verified_at,
        )
        .join(files, held.segment == own.id)
        .join(volumes, volumes.c.id == held.volume)
        .join(encodings, encodings.c.id == own.encoding)
        .where(own.id.in_([one.number for one in some]), held.state == HERE)
        .order_by(own.start, own.id, held.volume, held.key)
    )
    found: dict[int, Lying] = {}
    for row in rows:
        place = Place(*row[13:])
        if row.id in found:
            one = found[row.id]
            found[row.id] = one._replace(places=(*one.places, place))
        else:
            found[row.id] = Lying._make((*row[1:13], (place,)))
    return Page(list(found.values()), some[-1])


def growing(connection: Connection, stream: int, began: int, ended: int) -> list[Lying]:
    """What is being written, or was left torn, and began within [began - an hour, ended)."""
    own = writing.c
    rows = connection.execute(
        select(
            own.segment,
            own.start,
            encodings.c.codec,
            encodings.c.width,
            encodings.c.height,
            volumes.c.volume,
            volumes.c.root,
            own.key,
        )
        .join(volumes, volumes.c.id == own.volume)
        .join(encodings, encodings.c.id == own.encoding)
        .where(own.stream == stream, own.start > began - HOUR, own.start < ended)
        .order_by(own.start, own.segment)
    )
    return [
        Lying(
            segment=row.segment,
            start=row.start,
            duration=None,
            codec=row.codec,
            width=row.width,
            height=row.height,
            frames=0,
            sha256=None,
            clock_error=None,
            lost_packets=0,
            damaged_frames=0,
            flags=0,
            places=(Place(row.volume, row.root, row.key, None, None),),
        )
        for row in rows
    ]
