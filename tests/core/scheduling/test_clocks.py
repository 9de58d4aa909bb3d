"""A step and a sleep are noticed, drifting is not."""

from __future__ import annotations

from nvr_core.clock import SECOND
from nvr_core.scheduling.clocks import Clocks
from tests.core.scheduling.hands import StillClock


def test_what_runs_together_has_not_moved() -> None:
    clock, timers = StillClock(7), [50.0]
    clocks = Clocks(clock, lambda: timers[0])
    for _ in range(5):
        clock.run(3600)
        timers[0] += 3600.5
        assert clocks.moved() in (0, -2_500_000)  # half a second each: told when it is over two


def test_a_step_is_told_once() -> None:
    clock = StillClock(7)
    clocks = Clocks(clock, lambda: 50.0)
    clock.now -= 3600 * SECOND
    assert clocks.moved() == -3600 * SECOND
    assert clocks.moved() == 0
    clock.now += 2 * SECOND
    assert clocks.moved() == 0
    clock.now += 1
    assert clocks.moved() == 2 * SECOND + 1


def test_a_sleep_is_told() -> None:
    clock = StillClock(7)
    clocks = Clocks(clock, lambda: 50.0)
    clock.run(60)
    assert clocks.moved() == 60 * SECOND
