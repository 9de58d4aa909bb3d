"""What goes when the storage is full: the footage that was recorded first, whosever it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import accumulate
from operator import attrgetter, itemgetter, ne

from nvr_core.recording.segments import Segment

BATCH = 256
"""Most files deleted at once: the next round goes on."""


def excess(segments: Iterable[Segment], limit: int) -> list[Segment]:
    """The closed segments to delete, in the order of `oldest`, so that at most `limit` bytes stay.

    Segments being written count, and stay; rings are none of the storage's business. A tenth of
    a percent more than needed goes, so that deletion is not due again at every segment.
    """
    kept = [segment for segment in segments if not segment.ring]
    total = sum(segment.size for segment in kept)
    if total <= limit:
        return []
    target = limit - limit // 1000
    gone: list[Segment] = []
    for segment in oldest(kept):
        if total <= target or len(gone) == BATCH:
            break
        gone.append(segment)
        total -= segment.size
    return gone


def oldest(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The closed segments that a volume keeps, in the order in which they were recorded.

    Wall times do not decide it: a machine whose clock has no battery may stamp its newest footage
    1970. What one recorder tells comes in the order in which it was told. Only where the footage
    of two recorders is merged do times count, as far as they can be believed.
    """
    queues: dict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        if segment.closed and not segment.ring:
            queues[segment.recorder].append(segment)
    for queue in queues.values():
        queue.sort(key=attrgetter("order"))
    timed = [
        zip(believed([one.start for one in queue]), queue, strict=True) for queue in queues.values()
    ]
    return (segment for _, segment in merge(*timed, key=itemgetter(0)))


def believed(starts: Sequence[int]) -> list[int]:
    """Wall times of what was recorded one after the other, made to never go back.

    Where they do go back, the clock was behind afterwards or ahead before. Of these two readings
    the one is taken that disbelieves fewer of the times.
    """
    behind = list(accumulate(starts, max))
    ahead = list(accumulate(reversed(starts), min))[::-1]
    return behind if sum(map(ne, behind, starts)) <= sum(map(ne, ahead, starts)) else ahead
