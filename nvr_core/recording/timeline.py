"""Who owns which moment, and how a stretch of time is drawn: rules without clock or disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nvr_core.recording.footage import Gap
from nvr_core.recording.segments import Segment
from nvr_core.wire.facts import Cause

SHAPES = 300
"""Most shapes a view is drawn with; more would fall on the same pixels."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The wall time [start, end) in µs that a segment's footage is shown for."""

    segment: Segment
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """Wall time [start, end) in µs with footage."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hole:
    """Wall time in µs without footage, and why. end is None while it lasts."""

    start: int
    end: int | None
    cause: Cause
    sentence: str
    count: int = 1
    """How many gaps this shape stands for."""


def owned(segments: Iterable[Segment]) -> list[Piece]:
    """Cut the segments of one stream so that no moment is shown twice, in order of wall time.

    Runs may overlap when a clock was set back: the later one owns the overlap. Inside a run
    media time goes on without a seam, so neighbours there never cut each other, though the
    correction of the run's line may let their wall times touch.
    """
    pieces: list[Piece] = []
    for segment in sorted(segments, key=lambda one: one.order, reverse=True):
        free = [(segment.start, segment.end)]
        for piece in pieces:
            if piece.segment.run == segment.run:
                continue
            free = [
                rest
                for start, end in free
                for rest in ((start, min(end, piece.start)), (max(start, piece.end), end))
                if rest[0] < rest[1]
            ]
            if not free:
                break
        pieces.extend(Piece(segment, start, end) for start, end in free)
    return sorted(pieces, key=lambda piece: piece.start)


def recorded(segments: Sequence[Segment], start: int, end: int) -> list[Recorded]:
    """Stretches with footage inside [start, end), merged to at most SHAPES of them.

    segments: of one stream, ordered by start.
    """
    nearer = max(1, (end - start) // SHAPES)
    spans: list[Recorded] = []
    for segment in segments:
        first, last = max(segment.start, start), min(segment.end, end)
        if first >= last:
            continue
        if spans and first - spans[-1].end < nearer:
            spans[-1] = Recorded(spans[-1].start, max(spans[-1].end, last))
        else:
            spans.append(Recorded(first, last))
    return spans


def holes(gaps: Iterable[Gap], start: int, end: int) -> list[Hole]:
    """Gaps that touch [start, end), in order; merged only when there are more than SHAPES.

    Merged gaps carry the cause of the longest one.
    """
    found = sorted(
        (
            Hole(gap.start, gap.end, gap.cause, gap.sentence)
            for gap in gaps
            if gap.start < end and (gap.end is None or gap.end > start)
        ),
        key=lambda hole: hole.start,
    )
    nearer = (end - start) // SHAPES
    while len(found) > SHAPES:
        found = _merged(found, nearer)
        nearer *= 2
    return found


def _merged(found: Sequence[Hole], nearer: int) -> list[Hole]:
    merged: list[Hole] = []
    longest = 0
    for hole in found:
        length = (hole.end or hole.start) - hole.start
        last = merged[-1] if merged else None
        if last is None or last.end is None or hole.start - last.end >= nearer:
            merged.append(hole)
            longest = length
            continue
        chief = hole if length > longest or hole.end is None else last
        longest = max(longest, length)
        end = None if hole.end is None else max(last.end, hole.end)
        merged[-1] = Hole(last.start, end, chief.cause, chief.sentence, last.count + hole.count)
    return merged
