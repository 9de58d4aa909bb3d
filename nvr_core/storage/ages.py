"""Pure: whether footage may go for its age at all, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nvr_core.clock import SECOND

DAY = 24 * 3600 * SECOND
STEPPED = 3600 * SECOND
"""µs. A clock that was set by more than this is not believed."""
FASTER = 2
"""Deletion by age is never more than so many times as fast as recording."""
SAVED = 3600 * SECOND
"""µs for which unused speed is saved up: an hour of two hours' footage, and no more at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """What is known of the clock now."""

    synchronised: bool
    stepped: int = 0
    """µs by which it was set lately, with its sign; 0: it was not."""

    @property
    def doubt(self) -> str:
        """Why no age can be told by it, in a sentence; empty: ages can be told."""
        if not self.synchronised:
            return "the clock is not synchronised"
        if abs(self.stepped) > STEPPED:
            return f"the clock was set by {abs(self.stepped) // SECOND} s"
        return ""


@dataclass(frozen=True, slots=True)
class Pace:
    """Bytes that may go for their age now. A debt is paid before anything else goes."""

    left: int = 0
    at: int | None = None
    """Monotonic time of the last look, µs; None: none yet."""

    def on(self, monotonic: int, usual: int) -> Pace:
        """What it has become. usual: bytes a day."""
        passed = 0 if self.at is None else max(0, monotonic - self.at)
        earned = FASTER * usual * passed // DAY
        most = FASTER * usual * SAVED // DAY
        return Pace(min(self.left + earned, most), monotonic)

    def spent(self, size: int) -> Pace:
        return replace(self, left=self.left - size)


def usual(measured: int, here: int, days: int) -> int:
    """Bytes a day: as measured, or as what is here came in the days that it may stay.

    The second lets the last footage of cameras go that record no more.
    """
    return max(measured, here // max(days, 1))
