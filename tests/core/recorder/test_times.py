"""Times of feeds: exact, across wraps, and held to their own pace."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.recorder.interruption import Interrupted, Interruption
from nvr_core.recorder.times import Pace, TrackTimes

TS = Fraction(1, 90000)
WRAP = 1 << 33


def test_a_transport_stream_runs_on_when_its_counter_wraps() -> None:
    times = TrackTimes("mpegts", TS)
    raw = [WRAP - 7200, WRAP - 3600, 0, 7200, 3600]
    assert [times.seconds(at % WRAP, None, None) / TS for at in raw] == [
        WRAP - 7200,
        WRAP - 3600,
        WRAP,
        WRAP + 7200,
        WRAP + 3600,
    ]


@given(st.integers(0, WRAP - 1), st.lists(st.integers(-9000, 900_000), max_size=50))
def test_steps_are_kept_whatever_the_counter_says(start: int, steps: list[int]) -> None:
    times = TrackTimes("mpegts", TS)
    true = start
    before = times.seconds(true % WRAP, None, None)
    for step in steps:
        true += step
        now = times.seconds(true % WRAP, None, None)
        # Nothing lies below zero: a feed that steps back there begins anew.
        assert now - before == step * TS or now == true % WRAP * TS
        assert now >= 0
        before = now


def test_other_containers_do_not_wrap() -> None:
    times = TrackTimes("mov,mp4,m4a,3gp,3g2,mj2", Fraction(1, 12800))
    times.seconds(WRAP * 3, None, None)
    assert times.seconds(512, None, None) == Fraction(512, 12800)


def test_a_packet_without_a_time_follows_the_one_before() -> None:
    times = TrackTimes("mpegts", TS)
    assert times.seconds(None, None, None) == 0
    assert times.seconds(9000, None, None) == 9000 * TS
    assert times.seconds(None, 12600, None) == 12600 * TS
    assert times.seconds(None, None, None) == 16200 * TS
    assert times.seconds(None, None, 1800) == 18000 * TS
    assert times.length(None) == 1800 * TS
    assert times.length(4500) == 4500 * TS


def test_frames_are_held_until_they_are_due() -> None:
    pace = Pace(Interruption())
    begun = time.monotonic()
    for step in range(6):
        pace.wait(1000 + Fraction(step, 20), False)
    assert 0.24 <= time.monotonic() - begun < 1.0


def test_what_is_late_hurried_or_has_jumped_waits_for_nothing() -> None:
    pace = Pace(Interruption())
    begun = time.monotonic()
    pace.wait(Fraction(0), False)
    for at in range(1, 9):
        pace.wait(Fraction(at), True)
    pace.wait(Fraction(5000), False)
    pace.wait(Fraction(20), False)
    pace.wait(Fraction(10), False)
    assert time.monotonic() - begun < 0.2
    # From the last one on the pace is held again.
    pace.wait(Fraction(101, 10), False)
    assert time.monotonic() - begun > 0.09


def test_a_wait_can_be_interrupted() -> None:
    interruption = Interruption()
    pace = Pace(interruption)
    pace.wait(Fraction(0), False)
    interruption.set()
    with pytest.raises(Interrupted):
        pace.wait(Fraction(5), False)
