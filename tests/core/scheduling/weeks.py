"""Policies and zones for tests, and a reckoning that shares no code with the product."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from nvr_core.scheduling import ALWAYS, NEVER, Policy, Span, weekly
from nvr_core.scheduling.policy import WEEK

MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Its summer time is half an hour."""
APIA = ZoneInfo("Pacific/Apia")
"""It had no 30 December 2011."""

CHANGES = {
    BERLIN: [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
    LORD_HOWE: [datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)],
    APIA: [datetime(2011, 12, 30, 10, tzinfo=UTC)],
    JAKARTA: [datetime(2026, 5, 1, tzinfo=UTC)],
}


def us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def holds(spans: Sequence[Span], minute: int) -> bool:
    """Whether one of these spans, as given, holds this minute of the week."""
    return any(start <= minute < end or start <= minute + WEEK < end for start, end in spans)


def minute_of_week(moment: int, zone: tzinfo) -> int:
    """The minute that a calendar in this zone shows."""
    local = datetime.fromtimestamp(moment // 1_000_000, zone)
    return (local.weekday() * 24 + local.hour) * 60 + local.minute


@st.composite
def spans(draw: st.DrawFn, most: int = 6) -> list[Span]:
    """Short and long ones; often on quarters of an hour, and around the hours that change."""
    starts = st.integers(0, WEEK - 1) | st.integers(0, WEEK // 15 - 1).map(lambda n: n * 15)
    lengths = st.integers(1, 600) | st.integers(1, 6 * 96).map(lambda n: n * 15)
    some = draw(st.lists(st.tuples(starts, lengths), min_size=1, max_size=most))
    return [Span(start, start + length) for start, length in some]


def policies() -> st.SearchStrategy[Policy]:
    whole: st.SearchStrategy[Policy] = st.sampled_from([ALWAYS, NEVER])
    return whole | spans().map(weekly)


@st.composite
def moments(draw: st.DrawFn) -> tuple[ZoneInfo, int]:
    """A zone, and a UTC moment in µs that is often near a change of its offset."""
    zone = draw(st.sampled_from(sorted(CHANGES, key=str)))
    change = draw(st.sampled_from(CHANGES[zone]))
    around = timedelta(minutes=draw(st.integers(-4 * 1440, 2 * 1440)))
    return zone, us(change + around)
