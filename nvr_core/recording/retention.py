"""What goes when the storage is full: the oldest footage, whosever it is."""

from __future__ import annotations

from collections.abc import Iterable

from nvr_core.recording.segments import Segment

BATCH = 256
"""Most files deleted at once: the next round goes on."""


def excess(segments: Iterable[Segment], limit: int) -> list[Segment]:
    """The closed segments to delete, oldest first, so that at most `limit` bytes are kept.

    Segments being written count, and stay; rings are none of the storage's business. A tenth of
    a percent more than needed goes, so that deletion is not due again at every segment.
    """
    kept = [segment for segment in segments if not segment.ring]
    total = sum(segment.size for segment in kept)
    if total <= limit:
        return []
    target = limit - limit // 1000
    gone: list[Segment] = []
    for segment in sorted((one for one in kept if one.closed), key=lambda one: one.start):
        if total <= target or len(gone) == BATCH:
            break
        gone.append(segment)
        total -= segment.size
    return gone
