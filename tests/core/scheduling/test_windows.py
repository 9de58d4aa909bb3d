"""Windows on the time line agree with a calendar, minute by minute, summer time or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.scheduling import (
    ALWAYS,
    NEVER,
    Span,
    Weekly,
    keeps,
    next_edge,
    parse,
    weekly,
    windows,
)
from nvr_core.scheduling.policy import WEEK
from nvr_core.scheduling.windows import HORIZON, HOUR, MINUTE, next_window
from nvr_core.wire.wants import Window
from tests.core.scheduling.weeks import (
    APIA,
    BERLIN,
    JAKARTA,
    LORD_HOWE,
    holds,
    minute_of_week,
    moments,
    spans,
    us,
)


def told(found: tuple[Window, ...]) -> list[str]:
    """27 22:30 - 28 01:00, in UTC."""

    def one(moment: int) -> str:
        return datetime.fromtimestamp(moment / 1_000_000, UTC).strftime("%d %H:%M")

    return [f"{one(window.start)} - {one(window.end)}" for window in found]


def test_days_of_an_office_without_summer_time() -> None:
    friday_noon = us(datetime(2026, 5, 1, 5, tzinfo=UTC))
    policy = parse("mon-fri 06:00-18:00, sat 22:00-02:00")
    assert told(windows(policy, JAKARTA, friday_noon)) == [
        "30 23:00 - 01 11:00",  # open since the morning: its true beginning
        "02 15:00 - 02 19:00",
    ]
    assert told(windows(policy, JAKARTA, friday_noon + 40 * HOUR)) == ["03 23:00 - 04 11:00"]


def test_a_window_ends_at_its_end() -> None:
    policy = parse("fri 06:00-18:00")
    end = us(datetime(2026, 5, 1, 11, tzinfo=UTC))
    assert keeps(policy, JAKARTA, end - 1)
    assert not keeps(policy, JAKARTA, end)
    assert len(windows(policy, JAKARTA, end - 1)) == 1
    assert windows(policy, JAKARTA, end) == ()
    assert next_edge(policy, JAKARTA, end - 1) == end
    assert next_edge(policy, JAKARTA, end) == end + (7 * 24 - 12) * HOUR


def test_the_end_of_the_week_is_a_midnight_like_others() -> None:
    policy = parse("sun 22:00-02:00")
    monday = us(datetime(2026, 5, 3, 17, 30, tzinfo=UTC))
    assert told(windows(policy, JAKARTA, monday)) == ["03 15:00 - 03 19:00"]


def test_times_that_summer_time_skips_move_forward() -> None:
    saturday = us(datetime(2026, 3, 28, 12, tzinfo=UTC))
    for text, expected in {
        "sun 02:30-05:00": ["29 01:00 - 29 03:00"],  # from the jump, 03:00, on
        "sun 01:30-02:30": ["29 00:30 - 29 01:00"],  # until the jump
        "sun 02:10-02:50": [],  # this time it does not come
        "sun 00:00-02:10, sun 02:50-04:00": ["28 23:00 - 29 02:00"],  # its pause is skipped
    }.items():
        assert told(windows(parse(text), BERLIN, saturday)) == expected, text
    lord_howe = us(datetime(2026, 10, 3, 3, tzinfo=UTC))
    assert told(windows(parse("sun 02:15-04:00"), LORD_HOWE, lord_howe)) == ["03 15:30 - 03 17:00"]


def test_times_that_come_twice_are_kept_twice() -> None:
    saturday = us(datetime(2026, 10, 24, 12, tzinfo=UTC))
    for text, expected in {
        "sun 02:00-03:00": ["25 00:00 - 25 02:00"],
        "sun 01:00-04:00": ["24 23:00 - 25 03:00"],
        "sun 02:10-02:50": ["25 00:10 - 25 00:50", "25 01:10 - 25 01:50"],
        "sun 01:00-02:30": ["24 23:00 - 25 00:30", "25 01:00 - 25 01:30"],
    }.items():
        assert told(windows(parse(text), BERLIN, saturday)) == expected, text
    lord_howe = us(datetime(2026, 4, 4, 3, tzinfo=UTC))
    # Half an hour: 01:30-02:00 comes twice.
    assert told(windows(parse("sun 01:30-02:00"), LORD_HOWE, lord_howe)) == ["04 14:30 - 04 15:30"]


def test_a_day_that_never_was_has_no_windows() -> None:
    thursday = us(datetime(2011, 12, 29, 12, tzinfo=UTC))
    assert windows(parse("fri 06:00-18:00"), APIA, thursday) == ()
    everything_else = parse("sat-thu 00:00-24:00")
    (window,) = windows(everything_else, APIA, thursday)
    assert (window.end - window.start) == 13 * 24 * HOUR - 24 * HOUR
    assert told((window,)) == ["24 10:00 - 05 10:00"]


def test_a_change_of_the_zone_moves_the_windows() -> None:
    now = us(datetime(2026, 5, 1, tzinfo=UTC))
    policy = parse("sat 06:00-07:00")
    wib, wit = (windows(policy, timezone(timedelta(hours=hours)), now) for hours in (7, 9))
    assert wib[0].start - wit[0].start == 2 * HOUR


def test_always_and_never_have_no_edges() -> None:
    assert keeps(ALWAYS, JAKARTA, 5)
    assert not keeps(NEVER, JAKARTA, 5)
    assert windows(ALWAYS, JAKARTA, 5) == (Window(start=0, end=5 + HORIZON),)
    assert windows(NEVER, JAKARTA, 5) == ()
    assert next_edge(ALWAYS, JAKARTA, 5) is next_edge(NEVER, JAKARTA, 5) is None


@given(spans(), moments())
def test_windows_agree_with_a_calendar(wished: list[Span], place: tuple[ZoneInfo, int]) -> None:
    zone, now = place
    policy = weekly(wished)
    found = windows(policy, zone, now)
    for moment in range(now, now + HORIZON, MINUTE):
        shown = holds(wished, minute_of_week(moment, zone))
        assert keeps(policy, zone, moment) == shown
        assert any(window.start <= moment < window.end for window in found) == shown


@given(spans(), moments())
def test_windows_are_in_order_and_whole(wished: list[Span], place: tuple[ZoneInfo, int]) -> None:
    zone, now = place
    policy = weekly(wished)
    found = windows(policy, zone, now)
    for before, after in pairwise(found):
        assert before.end < after.start
    for window in found if isinstance(policy, Weekly) else ():
        assert now < window.end
        assert window.start < now + HORIZON
        assert not keeps(policy, zone, window.start - 1)
        assert keeps(policy, zone, window.start)
        assert keeps(policy, zone, window.end - 1)
        assert not keeps(policy, zone, window.end)


@given(spans(), moments(), st.integers(1, 3 * 24 * 60))
def test_windows_of_later_agree_on_the_common_span(
    wished: list[Span], place: tuple[ZoneInfo, int], later: int
) -> None:
    zone, now = place
    policy = weekly(wished)
    then = now + later * MINUTE
    early = [one for one in windows(policy, zone, now) if one.end > then]
    late = [one for one in windows(policy, zone, then) if one.start < now + HORIZON]
    if isinstance(policy, Weekly):
        assert early == late  # with their true ends, so a recorder is told nothing new


@given(spans(), moments())
def test_the_next_edge_is_where_keeping_changes(
    wished: list[Span], place: tuple[ZoneInfo, int]
) -> None:
    zone, now = place
    policy = weekly(wished)
    edge = next_edge(policy, zone, now)
    if not isinstance(policy, Weekly):
        assert edge is None
        return
    assert edge is not None
    assert edge > now
    before = keeps(policy, zone, now)
    assert keeps(policy, zone, edge - 1) == before
    assert keeps(policy, zone, edge) != before
    window = next_window(policy, zone, now)
    assert edge == (window.end if before else window.start)
    for moment in range(now, edge, 30 * MINUTE):
        assert keeps(policy, zone, moment) == before


@given(spans(), st.integers(0, WEEK - 1))
def test_a_week_without_summer_time_keeps_what_the_policy_says(
    wished: list[Span], shift: int
) -> None:
    policy = weekly(wished)
    begin = us(datetime(2026, 5, 1, tzinfo=UTC)) + shift * MINUTE
    end = begin + WEEK * MINUTE
    kept, moment = 0, begin
    while moment < end:
        edge = min(next_edge(policy, JAKARTA, moment) or end, end)
        kept += (edge - moment) if keeps(policy, JAKARTA, moment) else 0
        moment = edge
    whole = (Span(0, WEEK),) if policy == ALWAYS else ()
    expected = policy.spans if isinstance(policy, Weekly) else whole
    assert kept == sum(stop - start for start, stop in expected) * MINUTE


@pytest.mark.parametrize("zone", [JAKARTA, BERLIN], ids=str)
def test_a_clock_that_starts_in_1970_breaks_nothing(zone: ZoneInfo) -> None:
    assert windows(parse("thu 00:00-20:00"), zone, 0)
