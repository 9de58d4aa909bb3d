"""When a camera is kept, as its office wished it: always, never, or at hours of the week.

A policy is a value. It knows neither a zone nor a moment: windows.py lays it onto the time line.
A further way to decide (such as keeping only what happened) is one more class in `Policy`; every
place that must then choose fails the type check until it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from nvr_core.wire.errors import SentenceError

HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY
"""Minutes, as the clock on the office's wall counts them; Monday 00:00 is 0."""

MOST = 50
"""Windows of one policy, after overlapping and touching ones were merged."""


class PolicyError(SentenceError):
    """A policy that cannot be; the text names the field, the value and what would be right."""


class Span(NamedTuple):
    """Local minutes [start, end): of a week (an end beyond WEEK lies in the next), or of a day."""

    start: int
    end: int


@dataclass(frozen=True)
class Always:
    """Kept without end."""


@dataclass(frozen=True)
class Never:
    """Never kept: live view only."""


@dataclass(frozen=True)
class Weekly:
    """Kept at these hours of every week. Make it with `weekly`, which brings spans into order."""

    spans: tuple[Span, ...]
    """In order; at least one; none overlap or touch; only the last may end in the next week."""

    def __post_init__(self) -> None:
        if not self.spans or _merged(self.spans) != self.spans or _full(self.spans):
            raise ValueError("spans are not in order; make the policy with weekly()")

    def holds(self, minute: int) -> bool:
        """Whether this minute of the week is kept."""
        return any(
            span.start <= minute < span.end or minute + WEEK < span.end for span in self.spans
        )


Policy = Always | Never | Weekly

ALWAYS = Always()
NEVER = Never()


def weekly(spans: Iterable[Span], field: str = "recording") -> Policy:
    """The policy of these spans of the week, in any order, overlapping or not.

    None at all is NEVER, the whole week is ALWAYS. Raises PolicyError for a span that begins
    outside the week, ends before it begins or is longer than a week, and for more than MOST.
    """
    every = tuple(Span(*span) for span in spans)
    for span in every:
        if not 0 <= span.start < WEEK or not span.start < span.end <= span.start + WEEK:
            raise PolicyError(
                f"field {field}: {list(span)} is no window; write the minutes of the week where it "
                f"begins, 0 to {WEEK - 1}, and where it ends, later by at most {WEEK}"
            )
    merged = _merged(every)
    if len(merged) > MOST:
        raise PolicyError(
            f"field {field}: {len(merged)} windows a week are too many; write at most {MOST}, "
            "such as one for each day"
        )
    if not merged:
        return NEVER
    return ALWAYS if _full(merged) else Weekly(merged)


def _full(spans: tuple[Span, ...]) -> bool:
    return spans[0].end - spans[0].start == WEEK


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order, and what overlaps or touches as one, around the week's end too."""
    pieces: list[Span] = []
    for start, end in spans:
        pieces.append(Span(start, min(end, WEEK)))
        if end > WEEK:
            pieces.append(Span(0, end - WEEK))
    merged: list[Span] = []
    for piece in sorted(pieces):
        if merged and piece.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, piece.end))
        else:
            merged.append(piece)
    if len(merged) > 1 and merged[0].start == 0 and merged[-1].end == WEEK:
        merged[-1] = Span(merged[-1].start, WEEK + merged.pop(0).end)
    return tuple(merged)
