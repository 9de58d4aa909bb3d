"""When a job is due, reckoned on the clock that suits it: no timer, no scheduler.

What is periodic is counted on the monotonic clock, which no hand sets. What is daily follows the
wall of the office, through summer time, a change of its zone, and a clock that is set.
"""

from __future__ import annotations

from datetime import time, tzinfo
from typing import Protocol

from nvr_core.clock import SECOND, Clock
from nvr_core.scheduling.windows import DAY
from nvr_core.scheduling.zones import first_at, offset_at


class Plan(Protocol):
    """One job's next run."""

    def wait(self) -> int:
        """µs until it is due; 0 or less: now."""

    def next_run(self) -> int:
        """UTC µs at which it is due."""

    def served(self) -> None:
        """It begins, or is passed over because it still runs: plan the next."""

    def clock_moved(self) -> None:
        """The clocks jumped against each other, or the machine slept: plan anew."""


class Periodic:
    """Every so many µs from one beginning to the next. What was slept through is due once."""

    def __init__(self, clock: Clock, period: int) -> None:
        self._clock = clock
        self._period = period
        self.served()

    def wait(self) -> int:
        return self._due - self._clock.monotonic()

    def next_run(self) -> int:
        return self._clock.wall() + self.wait()

    def served(self) -> None:
        self._due = self._clock.monotonic() + self._period

    def clock_moved(self) -> None:
        """The monotonic clock does not step, and counts sleep: the plan stands."""


class Daily:
    """Once a day at a time of the office's wall."""

    def __init__(self, clock: Clock, *, zone: tzinfo, at: time, last: int | None) -> None:
        """`last`: when it last began, UTC µs; None: nobody knows, so nothing was missed."""
        self._clock = clock
        self._zone = zone
        self._at = at
        self._last = clock.wall() if last is None else last
        self.clock_moved()

    def wait(self) -> int:
        return self._due - self._clock.wall()

    def next_run(self) -> int:
        return self._due

    def served(self) -> None:
        # A timer may be a little early; the time that it served is over nevertheless.
        self._last = max(self._clock.wall(), self._due)
        self.clock_moved()

    def clock_moved(self) -> None:
        self._due, self._last = due(self._at, self._zone, self._last, self._clock.wall())

    def move(self, zone: tzinfo) -> None:
        """The office's zone was changed."""
        self._zone = zone
        self.clock_moved()


def due(at: time, zone: tzinfo, last: int, now: int) -> tuple[int, int]:
    """Pure: the UTC µs at which a daily job is due, and the `last` to reckon with from then on.

    It is due at its first time after it last began. If that is past, however long, one run makes
    up for all. A clock that was set back by less than a day makes no job run twice; one that was
    further ahead was simply wrong, and what it said is forgotten.
    """
    if last > now + DAY:
        last = now
    return occurrence(at, zone, max(last, now - DAY)), last


def occurrence(at: time, zone: tzinfo, after: int) -> int:
    """Pure: the first UTC moment behind `after`, µs, at which this local time comes.

    A time that summer time skips comes when the clock jumps over it; one that comes twice, once.
    """
    local = after + offset_at(zone, after)
    midnight = local - local % DAY
    within = ((at.hour * 60 + at.minute) * 60 + at.second) * SECOND
    for day in (0, 1):
        moment = first_at(zone, midnight + day * DAY + within, after)
        if moment > after:
            return moment
    raise AssertionError("a day has its time within two days")
