"""Decode times for frames of which a camera tells only when they are shown."""

from __future__ import annotations

from heapq import heappop, heappush

from nvr_core.media.errors import MediaError

MAX_DEPTH = 16
"""No H.264 or H.265 level lets more frames wait for their turn (max_num_reorder_frames)."""
USUAL_TICKS = 3600
"""25 frames a second at 90 kHz, until the stream shows better."""
MAX_TICKS = 9000
"""A frame duration that a VUI may claim; more than a tenth of a second is not believed."""


class Backwards(MediaError):
    """A presentation time before what may still come: the source restarted its time line."""


class DecodeTimes:
    """Give each frame, pushed in decode order, a decode time that every player accepts.

    With a reorder depth of D the decode time of frame i is the (i - D)-th smallest presentation
    time, D frames before frame 0 being made up. So it is known at once, is never after the
    presentation time, and grows strictly. The depth is the SPS's word, or grows when a frame
    turns up later than it allows; such a frame gets the next free moment, and the line is exact
    again some frames later.

    Not DTS := PTS (passes ffprobe, breaks browsers), and not the i-th smallest: offsets below 0
    are allowed by the standard, but libav then moves the presentation times of the whole file.
    """

    depth: int
    """Frames that may be decoded before, and shown after, another one."""

    def __init__(
        self, depth: int, frame_ticks: int = 0, limit: int = MAX_DEPTH, reach: int = 180_000
    ) -> None:
        """frame_ticks: the usual duration of a frame, 0 when it is not known.

        limit: the largest depth believed; 0 for audio, where nothing is reordered.
        reach: ticks that a frame may lie behind the latest one; the default is 2 s of video.
        """
        self._limit = min(max(limit, 0), MAX_DEPTH)
        self._reach = reach
        self._step = min(frame_ticks or USUAL_TICKS, MAX_TICKS)
        self.depth = min(max(depth, 0), self._limit)
        self._waiting: list[int] = []
        self._recent: list[int] = []
        self._highest = -1
        self._last = -1
        self._nudge = 1

    def push(self, pts: int) -> int:
        """The decode time of the next frame.

        Equal presentation times are one access unit and must be merged before. Raises Backwards
        when pts is negative, was used already, or lies before more frames than can be reordered;
        the frame was not taken then: end the run, and start anew with it.
        """
        if pts > self._highest:
            self._highest = pts
        else:
            self._late(pts)
        recent = self._recent
        if not recent:
            self._begin(pts)
        recent.append(pts)
        if len(recent) > MAX_DEPTH + 1:
            del recent[0]
        waiting = self._waiting
        heappush(waiting, pts)
        dts = self._last + self._nudge
        if len(waiting) > self.depth:
            smallest = heappop(waiting)
            if smallest > self._last:
                dts = smallest
        self._last = dts
        return dts

    def _begin(self, pts: int) -> None:
        """Lay `depth` decode times before the first presentation time, or as many as fit."""
        if self.depth:
            lead = min(self.depth * self._step, pts)
            self._nudge = lead // self.depth or max(self._step // 8, 1)
            self._last = pts - lead - self._nudge

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
            span = self._highest - min(pts, *self._recent)
            self._nudge = max(span // (8 * len(self._recent)), 1)
