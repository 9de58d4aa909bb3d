"""Local time as stretches of constant offset: so that no summer time is ever guessed at.

Within a stretch, local time is UTC plus its offset, and nothing else. A local time that a change
skips lies in no stretch; one that a change repeats lies in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from nvr_core.clock import SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
STRIDE = 6 * 3600 * SECOND
"""µs. No zone changes its offset and changes it back within so little."""


class Stretch(NamedTuple):
    """UTC µs [start, end) in which local µs are UTC plus this offset."""

    start: int
    end: int
    offset: int


def offset_at(zone: tzinfo, moment: int) -> int:
    """µs to add to this UTC moment in µs to get local time."""
    offset = (EPOCH + moment * MICROSECOND).astimezone(zone).utcoffset()
    assert offset is not None  # aware, as astimezone makes it
    return offset // MICROSECOND


def stretches(zone: tzinfo, start: int, end: int) -> Iterator[Stretch]:
    """UTC µs [start, end) without a hole, cut where the zone's offset changes."""
    begun, offset = start, offset_at(zone, start)
    place = start
    while place < end:
        ahead = min(place + STRIDE, end)
        if offset_at(zone, ahead) != offset:
            change = _change(zone, place, ahead)
            yield Stretch(begun, change, offset)
            begun, offset = change, offset_at(zone, change)
        place = ahead
    if begun < end:
        yield Stretch(begun, end, offset)


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first whole second, in µs, at which the offset is no longer that of `before`."""
    offset = offset_at(zone, before)
    low, high = before // SECOND, -(-after // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle * SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND


def first_at(zone: tzinfo, local: int, near: int) -> int:
    """The first UTC moment, within three days of `near`, whose local time is at or after `local`.

    A local time that a change skips gives the moment of the change; one that it repeats, the first
    pass. `near` in UTC µs; `local` in µs since 1970-01-01 00:00 on the wall.
    """
    reach = 72 * 3600 * SECOND
    for start, end, offset in stretches(zone, near - reach, near + reach):
        if local - offset < end:
            return max(start, local - offset)
    raise ValueError("the local time is not near the moment")
