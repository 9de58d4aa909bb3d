"""Pure: what should have been said of a stretch of a stream, once all of its footage is known.

A recorder that was cut off leaves a ledger behind that its last files do not agree with: a gap
that was closed, but nobody could write that down any more; footage that nobody told. Its
successor reads the files and corrects the ledger, so that footage and gaps lie end to end again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nvr_core.wire.facts import Cause

NEAR = 100_000
"""µs. Ends that are nearer are the same moment: frames do not arrive more evenly than that."""

SPANS = 64
"""Pieces of footage, and gaps, that are remembered of each stream: far more than a recorder that
dies every second leaves uncorrected."""

FOREVER = 1 << 62
"""The end of what has none, µs."""

Footage = tuple[int, int]
"""Wall time from, and to, in µs."""


@dataclass(slots=True)
class Gap:
    """A hole in a stream, told as a fact; it still goes on while it has no end."""

    gap: str
    cause: Cause
    wall: int
    monotonic: int
    number: int
    """Of the newest fact that opened it, in the journal."""
    end: int | None = None
    """Wall time, µs."""
    sentence: str = ""
    ended: int | None = None
    """Monotonic time of its end, when this start has told it."""

    def at(self, wall: int) -> int:
        """Monotonic time of a moment in or near the gap, by the clock as it was there."""
        if self.ended is None or self.end is None or wall <= self.wall:
            return self.monotonic + wall - self.wall
        return max(self.monotonic, self.ended + wall - self.end)


@dataclass(slots=True)
class Line:
    """The newest part of what was told of a stream."""

    gaps: list[Gap] = field(default_factory=list)
    footage: list[Footage] = field(default_factory=list)

    def opened(self, gap: Gap) -> None:
        self.gaps.append(gap)
        if len(self.gaps) > SPANS:
            del self.gaps[0]

    def kept(self, start: int, end: int) -> None:
        self.footage.append((start, end))
        if len(self.footage) > SPANS:
            del self.footage[0]

    def reaching(self, gap: Gap, until: int) -> int:
        """Where the footage begins that lies end to end up to this end of a gap.

        It may lack a moment at that end where it covers more of the gap than that; what only
        touches the gap's beginning is no part of it.
        """
        for start, end in sorted(self.footage, reverse=True):
            lacks = until - end
            if start < until and (lacks <= 0 or lacks <= NEAR < end - gap.wall):
                until = start
        return until

    def near(self, wall: int) -> Gap | None:
        """The gap that a moment lies in, or nearest to."""

        def distance(gap: Gap) -> int:
            return max(gap.wall - wall, wall - (gap.wall if gap.end is None else gap.end), 0)

        return min(reversed(self.gaps), key=distance, default=None)

    @property
    def open(self) -> Gap | None:
        """The gap that goes on."""
        return next((gap for gap in reversed(self.gaps) if gap.end is None), None)

    @property
    def end(self) -> int | None:
        """The last moment that something is said of; None when nothing is."""
        ends = [gap.wall if gap.end is None else gap.end for gap in self.gaps]
        return max([*ends, *(end for _, end in self.footage)], default=None)


@dataclass(frozen=True, slots=True)
class Shorter:
    """This gap really ended here: at its own beginning when it was none at all."""

    gap: Gap
    end: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A hole that was not told as one. Without end: it goes on. Without cause: nobody knew."""

    start: int
    end: int | None
    cause: Cause | None
    sentence: str = ""


Correction = Shorter | Missing


def corrections(line: Line, since: int) -> list[Correction]:
    """What must be told so that everything from `since` (µs) on lies end to end again.

    Gaps give way to footage. What neither covers, up to the last thing said, is a hole.
    """
    said: list[Correction] = []
    footage = joined(line.footage)
    covered = list(footage)
    for gap in line.gaps:
        end = FOREVER if gap.end is None else gap.end
        pieces = [(gap.wall, end)]
        if end > since and end - gap.wall > NEAR:
            pieces = without((gap.wall, end), footage)
        covered += pieces
        if pieces == [(gap.wall, end)]:
            continue
        first = pieces.pop(0)[1] if pieces and pieces[0][0] == gap.wall else gap.wall
        said.append(Shorter(gap, first))
        said += [
            Missing(at, None if to == FOREVER else to, gap.cause, gap.sentence) for at, to in pieces
        ]
    there = joined(covered)
    said += [
        Missing(before[1], after[0], None) for before, after in pairwise(there) if after[0] >= since
    ]
    return said


def joined(spans: Iterable[Footage]) -> list[Footage]:
    """The same spans in order; those that overlap, or nearly touch, become one."""
    found: list[Footage] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= NEAR:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(span: Footage, footage: Sequence[Footage]) -> list[Footage]:
    """What is left of a span; crumbs are not. An end that footage nearly touches stays."""
    left: list[Footage] = []
    at, end = span
    for start, after in footage:
        if after - at <= NEAR or end - start <= NEAR:
            continue
        if start - at > NEAR:
            left.append((at, start))
        at = after
    if end - at > NEAR:
        left.append((at, end))
    return left
