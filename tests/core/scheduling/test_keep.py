"""A recorder is told enough to go on alone for two days, and told anew only for a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given

from nvr_core.recorder.keeping import ring_only, wanted
from nvr_core.scheduling import ALWAYS, NEVER, Policy, Weekly, keep, keeps, parse
from nvr_core.scheduling.windows import HORIZON, HOUR, MINUTE
from nvr_core.wire.wants import Source, StreamWant
from tests.core.scheduling.weeks import JAKARTA, moments, policies, us

NOW = us(datetime(2026, 5, 1, tzinfo=UTC))
WANT = StreamWant(
    camera="camera", stream="main", source=Source(url="rtsp://127.0.0.1/"), login_group="device"
)


def told(policy: Policy, zone: ZoneInfo, now: int) -> StreamWant:
    kept = keep(policy, zone, now)
    return replace(WANT, keep_always=kept.keep_always, windows=kept.windows)


def test_always_and_never_need_no_renewal() -> None:
    assert keep(ALWAYS, JAKARTA, NOW).keep_always
    assert keep(ALWAYS, JAKARTA, NOW).windows == ()
    assert keep(ALWAYS, JAKARTA, NOW).renew_at is None
    assert ring_only(told(NEVER, JAKARTA, NOW))
    assert keep(NEVER, JAKARTA, NOW).renew_at is None


def test_a_window_far_ahead_is_told_so_that_its_absence_is_a_pause() -> None:
    friday = keep(parse("wed 10:00-11:00"), JAKARTA, NOW)
    (window,) = friday.windows
    assert window.start == us(datetime(2026, 5, 6, 3, tzinfo=UTC))
    assert not ring_only(told(parse("wed 10:00-11:00"), JAKARTA, NOW))


@given(policies(), moments())
def test_a_recorder_alone_keeps_what_the_policy_says(
    policy: Policy, place: tuple[ZoneInfo, int]
) -> None:
    zone, now = place
    want = told(policy, zone, now)
    for moment in range(now, now + HORIZON, 7 * MINUTE):
        assert wanted(want, moment) == keeps(policy, zone, moment)


@given(policies(), moments())
def test_renewed_in_time_a_recorder_always_knows_47_hours(
    policy: Policy, place: tuple[ZoneInfo, int]
) -> None:
    zone, now = place
    kept = keep(policy, zone, now)
    assert (kept.renew_at is None) == (not isinstance(policy, Weekly))
    if kept.renew_at is not None:
        assert now < kept.renew_at <= now + HORIZON - 47 * HOUR
