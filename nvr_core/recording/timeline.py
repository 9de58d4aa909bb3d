"""Who owns which moment, and how a stretch of time is drawn: rules without clock or disk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nvr_core.clock import SECOND
from nvr_core.recording.segments import Segment
from nvr_core.state.history import Gap
from nvr_core.wire.facts import Cause

BRIEF = 2 * SECOND
"""A shorter gap that touches another is one with it: the wait for the first key frame behind a
camera that was away, the moment until a wrong address is noticed."""
TOUCHING = SECOND // 10
SHAPES = 300
"""Most shapes a view is drawn with; more would fall on the same pixels."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The wall time [start, end) in µs that a segment's footage is shown for."""

    segment: Segment
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


def holes(gaps: Iterable[Gap], start: int, end: int) -> list[Hole]:
    """Gaps that touch [start, end), in order; merged where brief, or more than SHAPES.

    Merged gaps carry the cause of the longest one.
    """
    single = sorted(
        (
            Hole(gap.began, gap.ended, Cause(gap.cause), gap.sentence)
            for gap in gaps
            if gap.began < end and (gap.ended is None or gap.ended > start)
        ),
        key=lambda hole: hole.start,
    )
    found: list[Hole] = []
    for hole in single:
        if found and _one(found[-1], hole):
            found[-1] = replace(_joined(found[-1], hole), count=1)
        else:
            found.append(hole)
    nearer = (end - start) // SHAPES
    while len(found) > SHAPES:
        found = _merged(found, nearer)
        nearer *= 2
    return found


def _length(hole: Hole) -> float:
    return math.inf if hole.end is None else hole.end - hole.start


def _one(before: Hole, after: Hole) -> bool:
    """Whether two neighbours are one gap to whoever reads about them."""
    touching = before.end is not None and after.start - before.end <= TOUCHING
    return touching and min(_length(before), _length(after)) < BRIEF


def _joined(before: Hole, after: Hole) -> Hole:
    chief = after if _length(after) > _length(before) else before
    ends = (before.end, after.end)
    end = None if None in ends else max(one for one in ends if one is not None)
    return Hole(before.start, end, chief.cause, chief.sentence, before.count + after.count)


def _merged(found: Sequence[Hole], nearer: int) -> list[Hole]:
    merged: list[Hole] = []
    chief = 0.0
    for hole in found:
        last = merged[-1] if merged else None
        if last is None or last.end is None or hole.start - last.end >= nearer:
            merged.append(hole)
            chief = _length(hole)
            continue
        cause = hole if _length(hole) > chief else last
        chief = max(chief, _length(hole))
        joined = _joined(last, hole)
        merged[-1] = replace(joined, cause=cause.cause, sentence=cause.sentence)
    return merged
