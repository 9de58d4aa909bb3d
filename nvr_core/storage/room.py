"""Pure: how much room a volume has, how much it must have, and for how long that will do."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.clock import SECOND

RESERVE_SECONDS = 2 * 3600
"""Seconds of recording for which room is kept."""
RESERVE_SHARE = 10
"""At most a tenth of the volume, or of what it may hold, is kept free."""
DAY = 24 * 3600 * SECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A volume in bytes, as it is now."""

    size: int
    """Of the file system."""
    free: int
    """That may still be written, whoever wrote the rest."""
    here: int
    """Of footage that can be seen."""
    garbage: int = 0
    """Of files that are to be unlinked, and still lie there."""
    limit: int | None = None
    """Most bytes of footage; None: what the disk can spare."""
    reserve_said: int | None = None
    """A reserve that a person chose."""
    a_second: float = 0.0
    """Bytes that are recorded in a second: the measured bitrate."""
    a_day: int = 0
    """Bytes that were recorded in the last day."""

    @property
    def capacity(self) -> int:
        """What it may hold at most, the reserve counted in."""
        return self.size if self.limit is None else min(self.size, self.limit)

    @property
    def reserve(self) -> int:
        """What must stay free."""
        if self.reserve_said is not None:
            return self.reserve_said
        return min(int(self.a_second * RESERVE_SECONDS), self.capacity // RESERVE_SHARE)

    @property
    def left(self) -> int:
        """What may still be written; below nothing when the limit was lowered."""
        if self.limit is None:
            return self.free
        return min(self.free, self.limit - self.here - self.garbage)

    @property
    def need(self) -> int:
        """What must go now."""
        return max(0, self.reserve - self.left)

    @property
    def ahead(self) -> int:
        """What should lie there as garbage, for recorders to take when no server is there.

        Nothing while the volume has room for more than a day: footage that nobody needs to delete
        is worth more seen.
        """
        if self.left - self.reserve >= max(self.a_day, self.reserve):
            return 0
        return min(int(self.a_second * RESERVE_SECONDS), self.capacity // RESERVE_SHARE)

    @property
    def useless(self) -> int:
        """What lies there as garbage far beyond that, such as what a crash left.

        Twice as much is borne, for the bitrate that is measured goes up and down.
        """
        return self.garbage - self.ahead if self.garbage > 2 * self.ahead else 0

    @property
    def days_left(self) -> float | None:
        """Until the oldest must go for the newest; None while nothing is recorded."""
        if self.a_day <= 0:
            return None
        return max(0, self.left - self.reserve) / self.a_day


def bitrate(newest: list[tuple[int, int, int]]) -> float:
    """Bytes a second of all streams together, from (stream, bytes, µs) of files told lately."""
    sums: dict[int, tuple[int, int]] = {}
    for stream, size, lasted in newest:
        bytes_, passed = sums.get(stream, (0, 0))
        sums[stream] = (bytes_ + size, passed + lasted)
    return sum(size * SECOND / passed for size, passed in sums.values() if passed > 0)


def a_day(size: int, first: int, now: int) -> int:
    """Bytes a day, from those that began in the last day and the first start of them.

    Where recording began within the day it is taken to go on so; what came in less than ten
    minutes says nothing yet beyond itself.
    """
    passed = min(DAY, now - first)
    return size * DAY // passed if passed >= DAY // 144 else size
