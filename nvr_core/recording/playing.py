"""What to play from a moment on: parts in order, cut where another run owns the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from nvr_core.recording.footage import Stream
from nvr_core.recording.segments import Segment
from nvr_core.recording.timeline import Piece, owned
from nvr_core.wire.parts import Part

MOST_PARTS = 120
"""Parts in one answer; a player asks again after the last one."""
REACH = 64
"""Segments looked at for one answer; overlaps farther apart than that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Item:
    """Parts of one segment that follow each other in the file."""

    segment: Segment
    parts: tuple[Part, ...]


def from_moment(stream: Stream, wall: int, most: int = MOST_PARTS) -> list[Item]:
    """Parts from the key frame at or before this wall time (µs) on, across holes.

    Where the moment has no footage, the list begins with the next that has.
    """
    pieces = [piece for piece in _pieces(stream, stream.from_moment(wall)) if piece.end > wall]
    if not pieces:
        return []
    first = pieces[0]
    start = first.segment.parts.at(first.segment.tick(max(wall, first.start)))
    lead = _lead(stream, first.segment) if start == 0 and first.segment.no_key else []
    return lead + list(_listed(pieces, start, most))


def after(stream: Stream, segment: Segment, offset: int, most: int = MOST_PARTS) -> list[Item]:
    """Parts that follow the part at this offset of this segment of the stream."""
    pieces = _pieces(stream, stream.from_moment(segment.start))
    at = next((i for i, piece in enumerate(pieces) if piece.segment is segment), None)
    if at is None:
        later = [piece for piece in pieces if piece.start >= segment.end]
        return list(_listed(later, 0, most))
    start = sum(part.offset <= offset for part in segment.parts)
    return list(_listed(pieces[at:], start, most))


def _pieces(stream: Stream, index: int) -> list[Piece]:
    return owned(stream.segments[index : index + REACH])


def _listed(pieces: list[Piece], start: int, most: int) -> Iterator[Item]:
    for piece in pieces:
        if most <= 0:
            return
        parts = tuple(islice(_inside(piece, start), most))
        start = 0
        most -= len(parts)
        if parts:
            yield Item(piece.segment, parts)


def _inside(piece: Piece, start: int) -> Iterator[Part]:
    """Parts of the piece from this index on; the one in which an overlap ends is shown whole."""
    segment = piece.segment
    start = max(start, segment.parts.at(segment.tick(piece.start)))
    for index in range(start, len(segment.parts)):
        part = segment.parts[index]
        if segment.wall(part.start) >= piece.end:
            return
        yield part


def _lead(stream: Stream, segment: Segment) -> list[Item]:
    """The last parts of the segments before one that was cut without a key frame."""
    lead: list[Item] = []
    index = stream.index(segment)
    while segment.no_key and index > 0:
        before = stream.segments[index - 1]
        if before.run != segment.run or not len(before.parts):
            break
        lead.insert(0, Item(before, (before.parts[-1],)))
        segment, index = before, index - 1
        if len(before.parts) > 1:
            break
    return lead
