"""What a device's clock says, and when that is: zones as devices write them, and what they mean.

A `Z` behind a device's time is not dependable (vendors.md, 2.1): one firmware means UTC by it,
another one the time on its own wall. So a device has a **time base**: how far its written times are
ahead of UTC, found once by asking it what time it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["TimeBase", "calibrated", "plain", "posix_offset"]

QUARTER = 15 * 60
"""Seconds. Every zone in use is a whole number of quarters of an hour ahead of UTC or behind."""
FURTHEST = 14 * 3600
"""Seconds of the zone that is furthest ahead; the one furthest behind is nearer."""
_POSIX = re.compile(
    r"\s*(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)([+-]?)(\d{1,3})(?::(\d{2}))?(?::(\d{2}))?"
)
_WRITTEN = re.compile(
    r"(\d{4})[-_/]?(\d{1,2})[-_/]?(\d{1,2})[T_ ]+(\d{1,2})[:_-]?(\d{2})[:_-]?(\d{2})"
    r"(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?\s*",
    re.IGNORECASE,
)


def posix_offset(text: str) -> int:
    """Seconds by which a zone such as CST-7:00:00 is ahead of UTC: +25200.

    POSIX (Base Definitions, 8.3) counts to the west, so that the sign is the other way round. Rules
    of summer time behind it are left out. Raises ValueError.
    """
    found = _POSIX.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no zone such as CST-7:00:00")
    hours, minutes, seconds = (int(part or 0) for part in found.group(2, 3, 4))
    west = hours * 3600 + minutes * 60 + seconds
    if west > FURTHEST:
        raise ValueError(f"{text!r} is more than 14 hours from UTC")
    return west if found[1] == "-" else -west


def plain(text: str) -> tuple[datetime, int | None]:
    """The time as it is written, without a zone, and the seconds ahead of UTC that stand behind it.

    A Z counts as 0; None: nothing stands there. Takes 2026-11-25T08:14:00+07:00, 20261125T081400Z,
    2026-11-25 08:14:00 and 2026_11_25_08_14_00. Raises ValueError.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time such as 2026-11-25T08:14:00+07:00")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    written = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 -- as written
    zone = found[7]
    if zone is None:
        return written, None
    if zone in "zZ":
        return written, 0
    ahead = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return written, ahead if zone[0] == "+" else -ahead


@dataclass(frozen=True, slots=True)
class TimeBase:
    """How far the times that a device writes are ahead of UTC, in seconds."""

    ahead: int

    def wall(self, written: datetime) -> int:
        """µs since 1970-01-01 UTC of a time without a zone, as the device wrote it."""
        moment = written.replace(tzinfo=timezone(timedelta(seconds=self.ahead)))
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def written(self, wall: int) -> datetime:
        """The time without a zone, to the second, that the device writes for a wall time in µs."""
        moment = datetime.fromtimestamp(wall // 1_000_000, timezone(timedelta(seconds=self.ahead)))
        return moment.replace(tzinfo=None)


def calibrated(written: datetime, wall: int) -> tuple[TimeBase, int]:
    """The base of a device that writes this time now, and how wrong its clock is, in seconds.

    wall: now, µs since 1970-01-01 UTC. The clock's error is what is left of a whole quarter of an
    hour, at most seven and a half minutes: a clock that is further off looks like another zone.
    Raises ValueError when there is no such zone.
    """
    away = round((TimeBase(0).wall(written) - wall) / 1_000_000)
    ahead = round(away / QUARTER) * QUARTER
    if abs(ahead) > FURTHEST:
        raise ValueError(f"its clock is wrong by {abs(away) // 3600} hours")
    return TimeBase(ahead), away - ahead
