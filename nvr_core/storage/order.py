"""Pure: the order in which footage goes, which no clock that was wrong can turn round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import accumulate
from operator import itemgetter, ne

from nvr_core.clock import SECOND
from nvr_core.state.recorded import FLOOR, Recorded

AHEAD = 24 * 3600 * SECOND
"""µs. A time that is farther in the future is that of a wrong clock."""


def oldest_first(found: Iterable[Recorded], *, now: int) -> list[Recorded]:
    """The order of recording. Within what one recorder tells, that is the order of telling.

    Only where the footage of several recorders is merged do times count, as far as they can be
    believed. now: wall time, µs.
    """
    queues: dict[int, list[Recorded]] = defaultdict(list)
    for one in found:
        queues[one.recorder].append(one)
    timed = []
    for queue in queues.values():
        queue.sort(key=lambda one: (one.held.segment, one.held.key))
        times = believed(plausible([one.start for one in queue], now=now))
        timed.append(zip(times, queue, strict=True))
    return [one for _, one in merge(*timed, key=itemgetter(0))]


def plausible(starts: Sequence[int], *, now: int) -> list[int]:
    """Impossible times replaced by that of the nearest possible one told before, else after."""
    fits = [FLOOR <= start <= now + AHEAD for start in starts]
    first = next((start for start, fit in zip(starts, fits, strict=True) if fit), now)
    made = []
    for start, fit in zip(starts, fits, strict=True):
        first = start if fit else first
        made.append(first)
    return made


def believed(starts: Sequence[int]) -> list[int]:
    """Wall times of what was recorded one after the other, made to never go back.

    Where they do go back, the clock was behind afterwards or ahead before. Of these two readings
    the one is taken that disbelieves fewer of the times.
    """
    behind = list(accumulate(starts, max))
    ahead = list(accumulate(reversed(starts), min))[::-1]
    return behind if sum(map(ne, behind, starts)) <= sum(map(ne, ahead, starts)) else ahead


def enough(found: Iterable[Recorded], size: int) -> list[Recorded]:
    """The first ones that hold at least so many bytes together; all, if they hold less."""
    taken: list[Recorded] = []
    for one in found:
        if size <= 0:
            break
        taken.append(one)
        size -= one.held.size
    return taken


def fitting(found: Iterable[Recorded], size: int) -> list[Recorded]:
    """The first ones that hold at most so many bytes together."""
    taken: list[Recorded] = []
    for one in found:
        size -= one.held.size
        if size < 0:
            break
        taken.append(one)
    return taken
