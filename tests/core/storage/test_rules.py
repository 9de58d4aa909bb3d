"""The pure rules: order, room, ages and policies, whatever clocks and numbers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.state.errors import Refused
from nvr_core.state.files import Held
from nvr_core.state.recorded import FLOOR, Recorded
from nvr_core.storage import ages, order, policy, room
from nvr_core.storage.ages import Pace, Trust
from nvr_core.storage.policy import Policies, Policy
from nvr_core.storage.room import Room
from tests.core.storage.house import DAY, MINUTE, NOON


def kept(recorder: int, number: int, start: int, size: int = 100) -> Recorded:
    """A segment of a minute."""
    held = Held(number, recorder, 1, f"{recorder}/{number}.mp4", size)
    return Recorded(recorder, start, start + MINUTE, held)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 4 * NOON)), max_size=60),
    st.integers(0, 6000),
    st.randoms(),
)
def test_no_clock_jumps_the_queue_of_its_recorder(
    told: list[tuple[int, int]], need: int, chance: object
) -> None:
    found = [kept(who, number, start) for number, (who, start) in enumerate(told)]
    chance.shuffle(found)  # type: ignore[attr-defined] # hypothesis gives random.Random
    gone = order.enough(order.oldest_first(found, now=NOON), need)
    for who in (1, 2):
        recorded = sorted(one.held.segment for one in found if one.recorder == who)
        went = [one.held.segment for one in gone if one.recorder == who]
        assert went == recorded[: len(went)]
    assert 100 * len(gone) >= need or len(gone) == len(found)
    assert 100 * (len(gone) - 1) < need or not gone
    assert len(order.fitting(gone, need)) * 100 <= need


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 1000)), max_size=60))
def test_with_right_clocks_the_oldest_goes_first_whoever_told_it(
    steps: list[tuple[int, int]],
) -> None:
    found, now = [], NOON
    for number, (who, step) in enumerate(steps):
        now += step
        found.append(kept(who, number, now))
    starts = [one.start for one in order.oldest_first(found, now=now)]
    assert starts == sorted(starts)
    assert len(starts) == len(found)


@pytest.mark.parametrize("wrong", [60 * SECOND, 2 * NOON, NOON - 5 * DAY])
def test_a_wrong_clock_of_one_recorder_costs_the_other_nothing(wrong: int) -> None:
    right = [kept(1, 2 * place, NOON + place * MINUTE) for place in range(100)]
    ours = [
        kept(2, 2 * place + 1, wrong + place if 40 <= place < 60 else NOON + place * MINUTE)
        for place in range(100)
    ]
    for need in range(2000, 20_000, 2000):
        gone = order.enough(order.oldest_first([*ours, *right], now=NOON + DAY), need)
        of_ours = sum(one.recorder == 2 for one in gone)
        assert abs(of_ours - len(gone) / 2) <= 10


def test_impossible_times_get_that_of_a_neighbour() -> None:
    fits = [NOON, NOON + SECOND]
    found = order.plausible([5, *fits, 7, 3 * NOON], now=NOON + DAY)
    assert found == [NOON, *fits, NOON + SECOND, NOON + SECOND]
    assert order.plausible([1, FLOOR - 1], now=NOON) == [NOON, NOON]


def test_the_reserve_is_two_hours_or_a_tenth_and_a_person_may_choose() -> None:
    def of(**said: int | float) -> Room:
        return Room(**{"size": 1000, "free": 500, "here": 100} | said)  # type: ignore[arg-type] # fields of a test

    assert of(a_second=0.01).reserve == 72
    assert of(a_second=1).reserve == 100
    assert of(a_second=1, limit=300).reserve == 30
    assert of(a_second=1, reserve_said=7).reserve == 7
    assert of(limit=120, garbage=15).left == 5
    assert of(limit=120, garbage=15, a_second=1).need == 7
    assert of(limit=5000).left == 500
    assert of(free=3, a_second=1).need == 97
    assert of(a_day=100, a_second=1).days_left == 4
    assert of().days_left is None
    assert of(a_day=100, a_second=1).ahead == 0
    assert of(a_day=100, a_second=1, free=150).ahead == 100
    assert of(a_day=100, a_second=1, free=150, garbage=250).useless == 150
    assert of(a_day=100, a_second=1, free=150, garbage=200).useless == 0


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(0, 10**12), st.floats(0, 10**8))
def test_what_is_needed_brings_the_reserve_back_and_never_more_than_that(
    size: int, free: int, here: int, a_second: float
) -> None:
    made = Room(size=size, free=min(free, size), here=here, limit=here, a_second=a_second)
    assert made.left + made.need == max(made.left, made.reserve)
    assert 0 <= made.reserve <= made.capacity // 10


def test_the_bitrate_needs_no_clock_and_a_young_day_goes_on_as_it_began() -> None:
    newest = [(1, 100, SECOND), (1, 300, SECOND), (2, 50, SECOND), (3, 5, 0)]
    assert room.bitrate(newest) == 250
    assert room.a_day(1000, NOON - DAY, NOON) == 1000
    assert room.a_day(1000, NOON - DAY // 4, NOON) == 4000
    assert room.a_day(1000, NOON - MINUTE, NOON) == 1000


@given(st.lists(st.tuples(st.integers(0, 3 * DAY), st.integers(0, 10**9)), max_size=50))
def test_deletion_by_age_is_never_faster_than_twice_the_usual_rate(
    rounds: list[tuple[int, int]],
) -> None:
    usual = 10**9
    pace, now, gone = Pace().on(0, usual), 0, 0
    for passed, wanted in rounds:
        now += passed
        pace = pace.on(now, usual)
        if pace.left > 0:
            pace = pace.spent(wanted)
            gone += wanted
            assert gone - wanted <= 2 * usual * now // DAY, "only the last file may be in debt"
    assert Pace(0, 5).on(3, usual).left == 0, "a clock that runs back earns nothing"


def test_the_usual_rate_lets_the_last_footage_of_a_silent_camera_go() -> None:
    assert ages.usual(500, 140, 14) == 500
    assert ages.usual(0, 140, 14) == 10


def test_trust_says_why_not() -> None:
    assert Trust(synchronised=True, stepped=-3600 * SECOND).doubt == ""
    assert "not synchronised" in Trust(synchronised=False).doubt
    assert "3601 s" in Trust(synchronised=True, stepped=-3601 * SECOND).doubt


def test_policies_come_back_as_they_were_and_nonsense_is_refused() -> None:
    made = Policies(Policy(30), {"gang": Policy(3, 10**12)})
    assert policy.restored(policy.stored(made)) == made
    assert made.of("gang").days == 3
    assert made.of("pos").cutoff(NOON) == NOON - 30 * DAY
    for wrong in (
        {},
        {"version": 2, "usual": {}, "cameras": {}},
        {"version": 1, "usual": {"days": 0, "quota": None}, "cameras": {}},
        {"version": 1, "usual": {"days": True, "quota": None}, "cameras": {}},
        {"version": 1, "usual": {"days": 3, "quota": -1}, "cameras": {}},
        {"version": 1, "usual": {"days": 3}, "cameras": {}},
    ):
        with pytest.raises(Refused):
            policy.restored(wrong)
