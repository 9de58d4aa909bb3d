"""A policy as seven rows of a day each, the way a page draws a week."""

from __future__ import annotations

from typing import assert_never

from nvr_core.scheduling.policy import DAY, WEEK, Always, Never, Policy, Span, Weekly

Row = tuple[Span, ...]
"""Spans of one day in local minutes, 0 to 1440, in order."""


def grid(policy: Policy) -> tuple[Row, ...]:
    """Pure: seven rows, Monday first. A window that crosses midnight stands in both rows."""
    match policy:
        case Always():
            return ((Span(0, DAY),),) * 7
        case Never():
            return ((),) * 7
        case Weekly(spans=spans):
            return tuple(_row(spans, day * DAY) for day in range(7))
        case _:
            assert_never(policy)


def _row(spans: tuple[Span, ...], midnight: int) -> Row:
    """What of the spans lies in the day that begins at this minute of the week."""
    return tuple(
        Span(max(start - midnight, 0), min(end - midnight, DAY))
        # What ends in the next week stands at the beginning of this one too, before all others.
        for start, end in sorted((*spans, *((s - WEEK, e - WEEK) for s, e in spans[-1:])))
        if start < midnight + DAY and end > midnight
    )
