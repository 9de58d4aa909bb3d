"""The one timer of a loop: says to every viewer when the next frame leaves."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable

from nvr_core.clock import SECOND, Clock
from nvr_core.simulators.loops import Loop

PATIENCE = 2 * SECOND
"""A process that was stopped for longer goes on at the present, as a camera would."""


class CameraClock:
    """The camera's own clock: set from the wall once, steady from then on.

    A step of this machine's clock must not look like a fault of the camera.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.wall() - clock.monotonic()

    def now(self) -> int:
        """µs since 1970."""
        return self._clock.monotonic() + self._offset


Listener = Callable[["Player", int, int, int], None]
"""Called with the player, the lap since 1970, the place of the unit in the loop, and now (µs)."""


class Player:
    """One loop, locked to the wall clock; delay (µs) shifts all of its frames."""

    def __init__(self, loop: Loop, clock: CameraClock, delay: int = 0) -> None:
        self.loop = loop
        self._clock = clock
        self._delay = delay
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
        self._lap = self._place = 0

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call the listener for every frame from the next on, until the returned undo is called."""
        self._listeners.append(listener)
        if self._timer is None:
            self._lap, self._place = self._at(self._clock.now())
            self._wait()

        def undo() -> None:
            self._listeners.remove(listener)

        return undo

    def due(self, lap: int, place: int) -> int:
        """When that unit leaves, µs since 1970."""
        return lap * self.loop.length + self.loop.dues[place] + self._delay

    def next(self, after: int, key: bool) -> tuple[int, int]:
        """Lap and place of the first unit (or key unit) that leaves at or after that time."""
        lap, place = self._at(after)
        while key and not self.loop.units[place].key:
            lap, place = self._following(lap, place)
        return lap, place

    def ticks(self, lap: int, place: int) -> int:
        """Presentation time of that unit in RTP ticks since 1970."""
        return lap * self.loop.spec.seconds * self.loop.clock_rate + self.loop.units[place].ticks

    def _at(self, time: int) -> tuple[int, int]:
        # A lap's last units may leave within the next lap: with B-frames, and with sound.
        lap, inside = divmod(time - self._delay, self.loop.length)
        for earlier in (1, 0):
            place = bisect_left(self.loop.dues, inside + earlier * self.loop.length)
            if place < len(self.loop.dues):
                return lap - earlier, place
        return lap + 1, 0

    def _following(self, lap: int, place: int) -> tuple[int, int]:
        return (lap, place + 1) if place + 1 < len(self.loop.units) else (lap + 1, 0)

    def _wait(self) -> None:
        wait = self.due(self._lap, self._place) - self._clock.now()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(wait, 0) / SECOND, self._tick)

    def _tick(self) -> None:
        now = self._clock.now()
        if now - self.due(self._lap, self._place) > PATIENCE:
            self._lap, self._place = self._at(now)
        while self.due(self._lap, self._place) <= now:
            lap, place = self._lap, self._place
            self._lap, self._place = self._following(lap, place)
            for listener in tuple(self._listeners):
                listener(self, lap, place, now)
        if self._listeners:
            self._wait()
        else:
            self._timer = None
