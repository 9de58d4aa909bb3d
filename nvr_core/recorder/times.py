"""Presentation times from containers: exact seconds, past wraps, held to their own pace."""

from __future__ import annotations

import time
from fractions import Fraction

from nvr_core.recorder.interruption import Interruption

LEAD = 60
"""Seconds added to all times of a feed: some containers begin a little below zero."""

SLACK = 0.25
"""Seconds that frames may be late before the pace starts anew from them."""

LEAP = 10.0
"""Seconds that nobody waits for: times that run ahead by more have jumped."""

WRAPS = {("mpegts", 90000): 33, ("hls", 90000): 33, ("flv", 1000): 32}
"""(FFmpeg's name of the container, ticks a second) → bits of its time stamps."""


class TrackTimes:
    """The presentation times of one track in a chapter."""

    def __init__(self, container: str, unit: Fraction) -> None:
        """unit: seconds per tick."""
        bits = WRAPS.get((container, unit.denominator // unit.numerator), 0)
        self._round = 1 << bits if bits else 0
        self._unit = unit
        self._last: int | None = None
        self._step = 0

    def seconds(self, pts: int | None, dts: int | None, duration: int | None) -> Fraction:
        """When the packet is shown.

        Nearest to the packet before where time stamps wrap. One without any time follows the
        packet before.
        """
        at = pts if pts is not None else dts
        last = self._last
        if at is None:
            at = (last if last is not None else 0) + (duration or self._step)
        elif self._round and last is not None:
            half = self._round // 2
            at = last + (at - last + half) % self._round - half
            if at < 0:
                at %= self._round
        if last is not None and at > last:
            self._step = at - last
        self._last = at
        return at * self._unit

    def length(self, duration: int | None) -> Fraction:
        """Seconds that a packet lasts, as it says or as those before did."""
        return (duration or self._step) * self._unit


class Pace:
    """Lets frames through no sooner than one after the other is due."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self._origin: float | None = None
        """Monotonic second at which second 0 of the feed is due."""

    def wait(self, seconds: Fraction, hurried: bool) -> None:
        """Until this second of the feed is due; not at all when hurried. Raises Interrupted.

        A feed that was late once goes on from there, for it will be late again.
        """
        now = time.monotonic()
        at = float(seconds)
        ahead = 0.0 if self._origin is None else self._origin + at - now
        if self._origin is None or hurried or not -SLACK <= ahead <= LEAP:
            self._origin = now - at
        elif ahead > 0:
            self._interruption.wait(ahead)
