"""Whether the clock may be believed, from what was seen of it since this server began."""

from __future__ import annotations

from collections.abc import Callable

from nvr_core.clock import SECOND, Clock
from nvr_core.storage.ages import STEPPED, Trust

LATELY = 24 * 3600 * SECOND
"""µs for which a clock that was set far is not believed, right though it may be now: whoever set it
may set it back, and footage that is gone does not come back."""


class ClockTrust:
    """Ask it once in a while: a step is what the wall clock moved against the monotonic one."""

    def __init__(self, clock: Clock, synchronised: Callable[[], bool]) -> None:
        """synchronised: whether the kernel believes its clock now."""
        self._clock = clock
        self._synchronised = synchronised
        self._difference = clock.wall() - clock.monotonic()
        self._stepped = 0
        self._until = 0

    def __call__(self) -> Trust:
        now = self._clock.monotonic()
        difference = self._clock.wall() - now
        moved, self._difference = difference - self._difference, difference
        if abs(moved) > STEPPED:
            self._stepped, self._until = moved, now + LATELY
        elif now >= self._until:
            self._stepped = 0
        return Trust(synchronised=self._synchronised(), stepped=self._stepped)
