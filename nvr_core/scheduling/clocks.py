"""Notices that a clock was set or that the machine slept: timers alone do not."""

from __future__ import annotations

from collections.abc import Callable

from nvr_core.clock import SECOND, Clock

MOVED = 2 * SECOND
"""µs. Clocks may drift apart by this much; more is a step, or a sleep."""


class Clocks:
    """Compares both clocks with the one that timers run on, which stands still in a sleep."""

    def __init__(self, clock: Clock, timers: Callable[[], float]) -> None:
        """`timers`: the loop's time in s."""
        self._clock = clock
        self._timers = timers
        self._seen = self._look()

    def moved(self) -> int:
        """µs by which they moved apart since they last did; 0 when that is nothing."""
        seen = self._look()
        wall, monotonic = (now - before for now, before in zip(seen, self._seen, strict=True))
        most = max(wall, monotonic, key=abs)
        if abs(most) <= MOVED:
            return 0
        self._seen = seen
        return most

    def _look(self) -> tuple[int, int]:
        timers = round(self._timers() * SECOND)
        return self._clock.wall() - timers, self._clock.monotonic() - timers
