"""A clock whose hands a test moves, with the system's own seconds between."""

from __future__ import annotations

from datetime import datetime, tzinfo

import pytest

from nvr_core.clock import SECOND, SystemClock
from tests.core.scheduling.weeks import EPOCH, us


class HandClock(SystemClock):
    """Runs like the system's. `set` moves the wall, `sleep` both, as a machine that slept."""

    def __init__(self) -> None:
        self.wall_ahead = 0
        self.slept = 0

    def wall(self) -> int:
        return super().wall() + self.wall_ahead + self.slept

    def monotonic(self) -> int:
        return super().monotonic() + self.slept

    def set(self, moment: datetime) -> None:
        self.wall_ahead += us(moment) - self.wall()

    def step(self, seconds: float) -> None:
        self.wall_ahead += round(seconds * SECOND)

    def sleep(self, seconds: float) -> None:
        self.slept += round(seconds * SECOND)


class StillClock:
    """Stands still until it is moved."""

    def __init__(self, wall: int = 0) -> None:
        self.now = wall
        self.ticks = 0

    def wall(self) -> int:
        return self.now

    def monotonic(self) -> int:
        return self.ticks

    def run(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        self.ticks += round(seconds * SECOND)


def steer_apscheduler(clock: HandClock, patch: pytest.MonkeyPatch) -> None:
    """Let APScheduler read this clock where it reads the system's: the name in its own module.

    It has no other door. With this, a step reaches both it and the plans, as a real one does.
    """

    class Steered(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Steered:
            moment = datetime.fromtimestamp(clock.wall() / SECOND, EPOCH.tzinfo).astimezone(tz)
            return cls.combine(moment.date(), moment.timetz())

    patch.setattr("apscheduler.schedulers.base.datetime", Steered)
