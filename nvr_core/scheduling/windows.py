"""A policy on the time line: when exactly, in UTC, a camera is kept.

A moment is kept when the clock on the office's wall shows a minute that the policy holds. All else
follows: a window that begins at a time which summer time skips begins when the clock jumps over it;
a time that comes twice is kept twice. docs/design/scheduling.md tells why.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import assert_never

from nvr_core.clock import SECOND
from nvr_core.scheduling import policy as policies
from nvr_core.scheduling.policy import Always, Never, Policy, Weekly
from nvr_core.scheduling.zones import offset_at, stretches
from nvr_core.wire.wants import Window

MINUTE = 60 * SECOND
HOUR = policies.HOUR * MINUTE
DAY = policies.DAY * MINUTE
WEEK = policies.WEEK * MINUTE
"""µs; those of policy.py are minutes."""

HORIZON = 48 * HOUR
"""How far ahead a recorder knows its windows: a server may be away for so long."""

REACH = 15 * DAY
"""µs from any moment to an edge, at most: a week, and another when summer time skips a pause."""

MONDAY = 3 * DAY
"""What to add to local µs so that weeks begin on Mondays: 1970-01-01 was a Thursday."""


def windows(policy: Policy, zone: tzinfo, now: int) -> tuple[Window, ...]:
    """Pure: windows, in order, that are open now or open within 48 hours. `now` in UTC µs.

    Each with its true ends: one that is open now begins in the past, and one that is open at the
    horizon ends behind it. That of ALWAYS began in 1970 and ends at the horizon.
    """
    match policy:
        case Always():
            return (Window(start=0, end=now + HORIZON),)
        case Never():
            return ()
        case Weekly():
            ahead = _ahead(policy, zone, now, HORIZON)
            return tuple(window for window in ahead if window.start < now + HORIZON)
        case _:
            assert_never(policy)


def keeps(policy: Policy, zone: tzinfo, moment: int) -> bool:
    """Pure: whether this UTC moment in µs is kept."""
    match policy:
        case Always():
            return True
        case Never():
            return False
        case Weekly():
            local = moment + offset_at(zone, moment)
            return policy.holds((local + MONDAY) % WEEK // MINUTE)
        case _:
            assert_never(policy)


def next_window(policy: Weekly, zone: tzinfo, moment: int) -> Window:
    """Pure: the window that is open at this UTC moment in µs, else the one that opens next."""
    return next(_ahead(policy, zone, moment, REACH))


def next_edge(policy: Policy, zone: tzinfo, moment: int) -> int | None:
    """Pure: the first UTC moment in µs behind this one at which keeping begins or ends."""
    match policy:
        case Always() | Never():
            return None
        case Weekly():
            window = next_window(policy, zone, moment)
            return window.end if window.start <= moment else window.start
        case _:
            assert_never(policy)


def _ahead(policy: Weekly, zone: tzinfo, moment: int, horizon: int) -> Iterator[Window]:
    """Windows that end behind the moment, in order; those that begin within the horizon whole."""
    whole: Window | None = None
    for piece in _pieces(policy, zone, moment - REACH, moment + horizon + REACH):
        if whole is not None and piece.start <= whole.end:
            whole = Window(start=whole.start, end=piece.end)
            continue
        if whole is not None and whole.end > moment:
            yield whole
        whole = piece
    if whole is not None and whole.end > moment:
        yield whole


def _pieces(policy: Weekly, zone: tzinfo, start: int, end: int) -> Iterator[Window]:
    """The windows between two UTC moments in µs, in order, cut where the zone's offset changes."""
    for begun, ended, offset in stretches(zone, start, end):
        local = begun + offset
        # From the week before: its last window may end in this one.
        week = local - (local + MONDAY) % WEEK - WEEK
        while week < ended + offset:
            for span in policy.spans:
                first = max(week + span.start * MINUTE - offset, begun)
                last = min(week + span.end * MINUTE - offset, ended)
                if first < last:
                    yield Window(start=first, end=last)
            week += WEEK
