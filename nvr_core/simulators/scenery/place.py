"""What every place offers: a backdrop that stands still, and what moves before it."""

from __future__ import annotations

from math import pi, sin
from typing import Protocol

from nvr_core.simulators.canvas import Canvas


class Place(Protocol):
    """One scene. Everything in it comes back to its beginning when the loop does."""

    def backdrop(self, canvas: Canvas) -> None:
        """Draw what stands still; called once a loop."""

    def move(self, canvas: Canvas, moment: Moment) -> None:
        """Draw what moves, on a copy of the backdrop; called for every frame."""


class Moment:
    """A place in a loop: turns any period into a whole number of rounds, so that loops close."""

    def __init__(self, at: float, seconds: float) -> None:
        self.at = at
        self.seconds = seconds

    def round(self, period: float, lead: float = 0.0) -> float:
        """0 to 1, once every (about) `period` seconds; lead shifts it by a part of a round."""
        rounds = max(1, round(self.seconds / period))
        return (self.at / self.seconds * rounds + lead) % 1.0

    def wave(self, period: float, lead: float = 0.0) -> float:
        """-1 to 1 and back, smoothly, with that period."""
        return sin(2 * pi * self.round(period, lead))
