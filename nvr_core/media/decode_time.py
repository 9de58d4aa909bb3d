"""Decode times for frames of which a camera tells only when they are shown."""

from __future__ import annotations

from heapq import heappop, heappush

from nvr_core.media.errors import MediaError

MAX_DEPTH = 16
"""No H.264 or H.265 level lets more frames wait for their turn (max_num_reorder_frames)."""


class Backwards(MediaError):
    """A presentation time before what may still come: the source restarted its time line."""


class DecodeTimes:
    """Give each frame, pushed in decode order, a decode time that every player accepts.

    The i-th smallest presentation time becomes the i-th decode time. Which one that is, is known
    when `depth` more frames were seen: the depth is the SPS's word, or grows when a frame turns
    up later than it allows. Decode times are strictly increasing, always: a frame that has
    proven the depth too small gets the next free tick, and the line is exact again as soon as
    presentation times have caught up.

    DTS := PTS would pass ffprobe and break browsers.
    """

    depth: int
    """Frames between a push and the decode time that it makes known."""

    def __init__(self, depth: int, limit: int = MAX_DEPTH, reach: int = 180_000) -> None:
        """limit: the largest depth believed; 0 for audio, where nothing is reordered.

        reach: ticks that a frame may lie behind the latest one shown; 2 s of video as it stands.
        """
        self._limit = min(max(limit, 0), MAX_DEPTH)
        self._reach = reach
        self.depth = min(max(depth, 0), self._limit)
        self._waiting: list[int] = []
        self._recent: list[int] = []
        self._highest = -1
        self._last = -1

    def push(self, pts: int) -> int | None:
        """Take the next frame; the decode time of the frame pushed `depth` frames ago, if known.

        Equal presentation times are one access unit and must be merged before. Raises Backwards
        when pts is negative, was used already, or lies before more frames than can be reordered;
        the frame was not taken then: flush, end the run, start anew with it.
        """
        if pts > self._highest:
            self._highest = pts
        else:
            self._late(pts)
        recent = self._recent
        recent.append(pts)
        if len(recent) > MAX_DEPTH + 1:
            del recent[0]
        waiting = self._waiting
        heappush(waiting, pts)
        if len(waiting) <= self.depth:
            return None
        return self._next()

    def flush(self) -> list[int]:
        """The decode times still owed, in the order of their frames: nothing more will come."""
        owed: list[int] = []
        while self._waiting:
            owed.append(self._next())
        return owed

    def _next(self) -> int:
        dts = heappop(self._waiting)
        if dts <= self._last:
            dts = self._last + 1
        self._last = dts
        return dts

    def _late(self, pts: int) -> None:
        ahead = 0
        for other in self._recent:
            if other > pts:
                ahead += 1
            elif other == pts:
                raise Backwards(f"presentation time {pts} comes a second time")
        if pts < 0:
            raise Backwards(f"presentation time {pts} is negative")
        if ahead > self._limit or self._highest - pts > self._reach:
            raise Backwards(
                f"presentation time {pts} comes after {self._highest}: at least {ahead} frames "
                f"are ahead of it, where {self._limit} frames and {self._reach} ticks can be"
            )
        if ahead > self.depth:
            self.depth = ahead
