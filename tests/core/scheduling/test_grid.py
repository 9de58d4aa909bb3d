"""A week is drawn as it is meant."""

from __future__ import annotations

from hypothesis import given

from nvr_core.scheduling import ALWAYS, NEVER, Policy, Span, Weekly, grid, parse, weekly
from nvr_core.scheduling.policy import DAY, WEEK
from tests.core.scheduling.weeks import policies


def test_a_window_over_midnight_stands_in_both_rows() -> None:
    rows = grid(parse("mon 08:00-12:00 22:00-02:00, sun 23:00-01:00"))
    assert rows == (
        (Span(0, 60), Span(480, 720), Span(1320, DAY)),
        (Span(0, 120),),
        *((),) * 4,
        (Span(1380, DAY),),
    )


def test_always_and_never() -> None:
    assert grid(ALWAYS) == ((Span(0, DAY),),) * 7
    assert grid(NEVER) == ((),) * 7


@given(policies())
def test_rows_hold_what_the_policy_holds(policy: Policy) -> None:
    rows = grid(policy)
    assert (
        weekly(
            Span(day * DAY + start, day * DAY + end)
            for day, row in enumerate(rows)
            for start, end in row
        )
        == policy
    )
    for row in rows:
        edges = [edge for span in row for edge in span]
        assert edges == sorted(set(edges))
        assert all(0 <= edge <= DAY for edge in edges)
    if isinstance(policy, Weekly):
        drawn = sum(end - start for row in rows for start, end in row)
        assert drawn == sum(end - start for start, end in policy.spans) < WEEK
