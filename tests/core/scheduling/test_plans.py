"""When jobs are due: a pure reckoning, tried at every change of an hour or a clock."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.scheduling.plans import Daily, Periodic, due, occurrence
from nvr_core.scheduling.windows import DAY, HOUR
from tests.core.scheduling.hands import StillClock
from tests.core.scheduling.weeks import BERLIN, JAKARTA, LORD_HOWE, moments, us

THREE = time(3)
MAY_1 = us(datetime(2026, 5, 1, tzinfo=UTC))  # 07:00 in Jakarta
NEXT = us(datetime(2026, 5, 1, 20, tzinfo=UTC))  # 03:00 there


def at(*moment: int) -> int:
    return us(datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type, misc]  # no tzinfo among them


def test_a_time_that_is_skipped_comes_at_the_jump() -> None:
    assert occurrence(time(2, 30), BERLIN, at(2026, 3, 28, 12)) == at(2026, 3, 29, 1)
    assert occurrence(time(2, 30), BERLIN, at(2026, 3, 29, 1)) == at(2026, 3, 30, 0, 30)
    assert occurrence(time(2, 15), LORD_HOWE, at(2026, 10, 3, 3)) == at(2026, 10, 3, 15, 30)


def test_a_time_that_comes_twice_comes_once() -> None:
    first = at(2026, 10, 25, 0, 30)
    assert occurrence(time(2, 30), BERLIN, at(2026, 10, 24, 12)) == first
    for after in (first, first + HOUR // 2, first + HOUR, first + 2 * HOUR):
        assert occurrence(time(2, 30), BERLIN, after) == at(2026, 10, 26, 1, 30)


@given(st.times().map(lambda one: one.replace(microsecond=0)), moments())
def test_every_day_has_it_within_25_hours(wished: time, place: tuple[ZoneInfo, int]) -> None:
    zone, after = place
    first = occurrence(wished, zone, after)
    # A day in Apia never was; elsewhere the longest day has 25 hours.
    assert after < first <= after + (25 if zone.key != "Pacific/Apia" else 48) * HOUR
    shown = datetime.fromtimestamp(first // SECOND, zone)
    if shown.time().replace(tzinfo=None) != wished:
        # It was skipped, and this is the jump: a second before, the wall showed less.
        before = datetime.fromtimestamp(first // SECOND - 1, zone)
        assert before.utcoffset() != shown.utcoffset()
        assert before.replace(tzinfo=None) < shown.replace(tzinfo=None)


def test_what_was_missed_is_due_once() -> None:
    assert due(THREE, JAKARTA, MAY_1, MAY_1) == (NEXT, MAY_1)
    # Three nights went by: the last one counts, and then the next.
    found, _ = due(THREE, JAKARTA, MAY_1, NEXT + 2 * DAY + HOUR)
    assert found == NEXT + 2 * DAY
    assert due(THREE, JAKARTA, NEXT + 2 * DAY + HOUR, NEXT + 2 * DAY + HOUR)[0] == NEXT + 3 * DAY


def test_a_clock_set_back_a_little_repeats_no_run() -> None:
    clock = StillClock(MAY_1)
    plan = Daily(clock, zone=JAKARTA, at=THREE, last=None)
    assert plan.wait() == NEXT - MAY_1
    clock.now = NEXT
    plan.served()
    clock.now -= HOUR
    plan.clock_moved()
    assert plan.wait() == DAY + HOUR


def test_a_clock_that_was_years_ahead_is_forgotten() -> None:
    clock = StillClock(at(2036, 1, 1))
    plan = Daily(clock, zone=JAKARTA, at=THREE, last=None)
    clock.now = MAY_1
    plan.clock_moved()
    assert plan.wait() == NEXT - MAY_1


def test_a_clock_that_began_in_1970_owes_one_run() -> None:
    clock = StillClock(5 * SECOND)
    plan = Daily(clock, zone=JAKARTA, at=THREE, last=None)
    clock.now = MAY_1
    plan.clock_moved()
    assert plan.wait() == NEXT - DAY - MAY_1  # four hours ago
    plan.served()
    assert plan.wait() == NEXT - MAY_1


def test_a_timer_that_is_a_little_early_serves_the_same_night() -> None:
    clock = StillClock(NEXT - 20)
    plan = Daily(clock, zone=JAKARTA, at=THREE, last=MAY_1)
    assert plan.wait() == 20
    plan.served()
    assert plan.wait() == DAY + 20


def test_a_daily_job_follows_the_offices_zone() -> None:
    clock = StillClock(MAY_1)
    plan = Daily(clock, zone=JAKARTA, at=THREE, last=None)
    plan.move(ZoneInfo("Asia/Jayapura"))
    assert plan.wait() == NEXT - 2 * HOUR - MAY_1


def test_a_period_is_blind_to_the_wall() -> None:
    clock = StillClock(MAY_1)
    plan = Periodic(clock, 60 * SECOND)
    clock.now -= HOUR
    plan.clock_moved()
    assert plan.wait() == 60 * SECOND
    clock.run(3600)
    assert plan.wait() == -3540 * SECOND
    plan.served()
    assert plan.wait() == 60 * SECOND
