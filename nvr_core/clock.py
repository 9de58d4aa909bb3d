"""Time is given, never taken: the two clocks a program reads, as one object it is handed."""

from __future__ import annotations

import time
from typing import Protocol

SECOND = 1_000_000
"""All times in Ronda are integer microseconds."""


class Clock(Protocol):
    """Wall time for people, monotonic time for order."""

    def wall(self) -> int:
        """Microseconds since 1970-01-01 UTC, as the system believes; may step."""

    def monotonic(self) -> int:
        """Microseconds since boot, suspend included; never steps."""


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
