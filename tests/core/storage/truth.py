"""What really happened to one stream, and what of it was recorded, reckoned as simply as can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from nvr_core.clock import SECOND
from nvr_core.state.recorded import FLOOR

RECORDED, MISSING, WISHED = "recorded", "missing", "wished"


class Span(NamedTuple):
    """Wall times, µs, by the clock as it went there."""

    began: int
    ended: int
    what: str
    leapt: bool = False
    """A clock that was set forward leapt over it: whatever else happened then owns it."""


class Since(NamedTuple):
    """What goes on."""

    what: str
    wall: int
    monotonic: int
    life: int


@dataclass
class Truth:
    """One stream. Spans in the order in which they began, not in that of their times."""

    spans: list[Span] = field(default_factory=list)
    goes_on: Since | None = None

    def begin(self, what: str, wall: int, monotonic: int, life: int) -> None:
        """Something else from now on, or the same in another life of the recorder.

        A hole that follows a hole begins where that does at the earliest, were the clock set back.
        """
        if what != RECORDED and self.goes_on is not None and self.goes_on.what != RECORDED:
            wall = max(wall, self.goes_on.wall)
        self.end(wall, monotonic, life)
        self.goes_on = Since(what, wall, monotonic, life)

    def end(self, wall: int, monotonic: int, life: int) -> None:
        since, self.goes_on = self.goes_on, None
        if since is None:
            return
        lasted = monotonic - since.monotonic if life == since.life else None
        self.spans += _spans(since.what, since.wall, wall, lasted)

    def reckoned(self, began: int, now: int) -> tuple[int, int, int]:
        """(recorded, wanted, of which nothing is known) µs of [began, now)."""
        spans = list(self.spans)
        if self.goes_on is not None:
            spans += _spans(self.goes_on.what, self.goes_on.wall, now, None)
        edges = {edge for one in spans for edge in (one.began, one.ended)}
        marks = sorted({began, now, *(edge for edge in edges if began < edge < now)})
        recorded = wanted = unknown = 0
        for first, last in pairwise(marks):
            there = [one for one in spans if one.began <= first and last <= one.ended]
            owner = (
                [one for one in there if not one.leapt] or [one for one in there if one.leapt]
            )[-1:]
            if not owner:
                unknown += last - first
                continue
            recorded += (last - first) * (owner[0].what == RECORDED)
            wanted += (last - first) * (owner[0].what != WISHED)
        return recorded, wanted, unknown


def _spans(what: str, began: int, ended: int, lasted: int | None) -> list[Span]:
    ended = max(began, ended)
    if what == RECORDED:
        return [Span(began, ended, what)]
    if lasted is None:
        return [Span(began, ended, what, began < FLOOR <= ended)]
    if ended - began - lasted <= 2 * SECOND:
        return [Span(began, ended, what)]
    edge = ended - lasted
    return [Span(began, edge, what, leapt=True), Span(edge, ended, what)]
