"""A clock that was set far is not believed for a day."""

from __future__ import annotations

from nvr_core.clock import SECOND
from nvr_core.storage.trusting import LATELY, ClockTrust

HOUR = 3600 * SECOND


class Steered:
    """Two clocks, of which one can be set."""

    def __init__(self) -> None:
        self.offset = 1_795_500_000 * SECOND
        self.passed = 0

    def wall(self) -> int:
        return self.offset + self.passed

    def monotonic(self) -> int:
        return self.passed


def test_a_step_of_more_than_an_hour_is_remembered_for_a_day() -> None:
    clock, synchronised = Steered(), True
    trust = ClockTrust(clock, lambda: synchronised)
    assert not trust().doubt
    clock.passed += 100 * 24 * HOUR
    assert not trust().doubt, "time that passes is no step"
    clock.offset += HOUR
    assert not trust().doubt
    clock.offset -= 3 * HOUR
    assert "set by 10800 s" in trust().doubt
    clock.passed += LATELY - 1
    assert trust().doubt
    clock.offset += 3 * HOUR
    assert trust().doubt, "it was set again"
    clock.passed += LATELY
    assert not trust().doubt
    synchronised = False
    assert "not synchronised" in trust().doubt


def test_many_small_steps_are_none() -> None:
    """A clock that drifts, or is slewed, by a second at each look is not one that was set."""
    clock = Steered()
    trust = ClockTrust(clock, lambda: True)
    for _ in range(10_000):
        clock.offset += SECOND
        assert not trust().doubt
