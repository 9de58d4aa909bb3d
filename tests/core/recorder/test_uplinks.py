"""Whose fault a failure is, and who may reconnect when a link returns."""

from nvr_core.clock import SECOND
from nvr_core.recorder.uplinks import BURST, RATE, TOGETHER, Uplink


def test_one_device_alone_is_its_own_fault() -> None:
    assert Uplink().failed("a", 0) == set()


def test_two_devices_within_the_span_blame_the_network() -> None:
    uplink = Uplink()
    uplink.failed("a", 0)
    assert uplink.failed("b", TOGETHER) == {"a", "b"}


def test_a_device_that_was_down_long_before_is_not_part_of_it() -> None:
    uplink = Uplink()
    uplink.failed("a", 0)
    assert uplink.failed("b", TOGETHER + 1) == set()
    assert uplink.failed("c", TOGETHER + 2) == {"b", "c"}


def test_a_device_that_answered_starts_anew() -> None:
    uplink = Uplink()
    uplink.failed("a", 0)
    uplink.answered("a")
    assert uplink.failed("b", SECOND) == set()


def test_repeated_failures_do_not_move_the_first_moment() -> None:
    uplink = Uplink()
    for moment in range(0, 60 * SECOND, SECOND):
        uplink.failed("a", moment)
    assert uplink.failed("b", 60 * SECOND) == set()


def test_a_loss_stays_one_however_often_its_devices_are_tried() -> None:
    uplink = Uplink()
    for moment in (0, 60 * SECOND, 120 * SECOND):
        uplink.failed("a", moment)
        assert uplink.failed("b", moment + SECOND) == {"a", "b"}


def test_a_device_that_was_dead_before_is_not_blamed_on_a_later_loss() -> None:
    uplink = Uplink()
    uplink.failed("dead", 0)
    uplink.failed("a", 60 * SECOND)
    assert uplink.failed("b", 61 * SECOND) == {"a", "b"}
    assert uplink.failed("dead", 62 * SECOND) == set()


def test_the_last_one_to_stay_away_is_its_own_fault() -> None:
    uplink = Uplink()
    uplink.failed("a", 0)
    assert uplink.failed("b", 0) == {"a", "b"}
    uplink.answered("a")
    assert uplink.failed("b", 30 * SECOND) == set()


def test_devices_that_never_answered_are_dead_as_long_as_another_answers() -> None:
    uplink = Uplink()
    uplink.failed("a", 0)
    assert uplink.failed("b", SECOND) == {"a", "b"}  # nobody answers: it may well be the network
    uplink.answered("c")
    assert uplink.failed("a", 2 * SECOND) == set()
    assert uplink.failed("b", 3 * SECOND) == set()
    assert uplink.failed("c", 4 * SECOND) == set()


def test_a_burst_goes_at_once_and_the_rest_waits_its_turn() -> None:
    uplink = Uplink()
    waits = [uplink.connect_in(SECOND) for _ in range(BURST + 3)]
    assert waits[:BURST] == [0] * BURST
    assert waits[BURST:] == [SECOND * n // RATE for n in (1, 2, 3)]


def test_places_come_back_with_time() -> None:
    uplink = Uplink()
    for _ in range(BURST):
        uplink.connect_in(SECOND)
    assert uplink.connect_in(SECOND + SECOND // RATE) == 0
