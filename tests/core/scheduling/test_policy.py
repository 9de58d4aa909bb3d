"""Spans of a week come into order, whatever order they were given in."""

from __future__ import annotations

import pytest
from hypothesis import given

from nvr_core.scheduling import ALWAYS, NEVER, PolicyError, Span, Weekly, weekly
from nvr_core.scheduling.policy import DAY, MOST, WEEK
from tests.core.scheduling.weeks import holds, spans


def test_what_overlaps_or_touches_is_one() -> None:
    assert weekly([Span(60, 120), Span(0, 60), Span(100, 200), Span(300, 301)]) == Weekly(
        (Span(0, 200), Span(300, 301))
    )


def test_a_window_crosses_the_end_of_the_week() -> None:
    sunday_night = Span(WEEK - 60, WEEK + 60)
    assert weekly([sunday_night]) == Weekly((sunday_night,))
    assert weekly([Span(WEEK - 60, WEEK), Span(0, 60)]) == Weekly((sunday_night,))
    assert weekly([sunday_night, Span(30, 90)]) == Weekly((Span(WEEK - 60, WEEK + 90),))


def test_nothing_is_never_and_a_whole_week_is_always() -> None:
    assert weekly([]) is NEVER
    assert weekly([Span(day * DAY, (day + 1) * DAY) for day in range(7)]) is ALWAYS
    assert weekly([Span(5, WEEK + 5)]) is ALWAYS


@pytest.mark.parametrize("span", [(-1, 5), (WEEK, WEEK + 1), (5, 5), (9, 5), (5, WEEK + 6)])
def test_what_is_no_span_is_refused(span: tuple[int, int]) -> None:
    with pytest.raises(PolicyError, match=r"^field night: \[-?\d+, \d+\] is no window; write"):
        weekly([Span(*span)], field="night")


def test_windows_beyond_the_most_are_refused_after_merging() -> None:
    some = [Span(minute, minute + 1) for minute in range(0, 2 * MOST, 2)]
    assert isinstance(weekly(some), Weekly)
    assert isinstance(weekly(some * 3), Weekly)
    with pytest.raises(PolicyError, match="51 windows a week are too many; write at most 50"):
        weekly([*some, Span(500, 501)])


def test_a_policy_cannot_be_made_out_of_order() -> None:
    for wrong in ((), (Span(5, 9), Span(0, 2)), (Span(0, 2), Span(2, 4)), (Span(0, WEEK),)):
        with pytest.raises(ValueError, match="make the policy with weekly"):
            Weekly(wrong)


@given(spans())
def test_merging_keeps_every_minute(given_spans: list[Span]) -> None:
    policy = weekly(given_spans)
    for minute in {edge % WEEK + step for span in given_spans for edge in span for step in (-1, 0)}:
        assert holds(given_spans, minute % WEEK) == (
            policy == ALWAYS or (isinstance(policy, Weekly) and policy.holds(minute % WEEK))
        )
