"""Notices that the system's clock was set, and says how far it may be trusted."""

from __future__ import annotations

from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.media.segment import ClockState
from nvr_core.wire.kernel_clock import kernel_clock

STEP = 2 * SECOND
"""Wall and monotonic time may drift apart by this much between two looks; more is a step."""


def boot_id() -> str:
    """The kernel's id of this boot: a different one means that the machine was off."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class ClockWatch:
    """Compares the two clocks once a second: a timer alone does not notice a step."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._difference = clock.wall() - clock.monotonic()
        self._state = kernel_clock()

    def state(self) -> ClockState:
        return self._state

    def step(self) -> int:
        """µs by which the wall clock was set since the last look; 0 when it was not."""
        self._state = kernel_clock()
        difference = self._clock.wall() - self._clock.monotonic()
        moved = difference - self._difference
        self._difference = difference
        return moved if abs(moved) > STEP else 0
