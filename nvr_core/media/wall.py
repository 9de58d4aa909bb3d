"""When it was: the wall time of media times, from nothing but the moments at which frames came."""

from __future__ import annotations

from dataclasses import dataclass

JUMP_US = 2_000_000
"""A difference that no jitter explains."""
LASTING_US = 10_000_000
"""For so long a difference may be a stall that is being caught up."""
MAX_PPM = 500
"""The most that a line is bent after its first segment: an hour is never wrong by 2 s."""
STEP = "the camera's time stamps stepped"
LASTING = "the camera's time stamps stay away from the moments of arrival"
CLOCK = "the system's clock stepped"


@dataclass(frozen=True, kw_only=True)
class Span:
    """The last word on a segment's wall time."""

    start: int
    """UTC of its first decode time, µs; equal to the end of the run's segment before."""
    duration_us: int
    ticks: int
    """The same duration in media time."""
    drift_ppm: float
    """How much slower than ours the camera's clock went since the run began, parts per million."""

    @property
    def end(self) -> int:
        return self.start + self.duration_us

    @property
    def scale(self) -> float:
        """µs of wall time in one tick."""
        return self.duration_us / self.ticks if self.ticks else 0.0


class WallLine:
    """The wall time of one run, segment by segment.

    Jitter only delays: of all frames of a segment the one with the smallest (arrival - media
    time) tells the truth best. The first segment's smallest fixes the run's line; each later
    segment is stretched or shrunk by at most 500 ppm towards its own smallest. A segment that
    was closed is never touched again: the next begins exactly where it ended.

    Pure: the moments are given. One line per run; after a jump begin another.
    """

    def __init__(self, timescale: int) -> None:
        self._scale = timescale
        self._base = 0
        """Media time in µs at which the open segment begins, and its wall time once it is fixed."""
        self._start: int | None = None
        self._bend_ppb = 0
        """How the last closed segment was bent: what is expected of the open one."""
        self._truest: int | None = None
        """The smallest (arrival - media time) of the open segment, µs."""
        self._first: tuple[int, int] | None = None
        self._drift_ppm = 0.0
        self._last: tuple[int, int, int] | None = None
        self._away_since: int | None = None
        self._away_by = 0

    def frame(self, pts: int, monotonic: int, wall: int) -> str | None:
        """Learn from a frame: pts in ticks (unwrapped), both clocks in µs at its arrival.

        Returns None, or why this frame cannot belong to the run (STEP, LASTING or CLOCK). The
        line is as it was then: cut it, and hand the frame to a new one.
        """
        media = pts * 1_000_000 // self._scale
        offset = wall - media
        if self._last is None:
            self._truest = offset
            self._last = (media, monotonic, wall)
            return None
        last_media, last_monotonic, last_wall = self._last
        passed = monotonic - last_monotonic
        if not -JUMP_US <= wall - last_wall - passed <= JUMP_US:
            return CLOCK
        lateness = wall - self._expected(media)
        if lateness < -JUMP_US and media - last_media - passed > JUMP_US:
            return STEP
        if -JUMP_US <= lateness <= JUMP_US:
            self._away_since = None
        elif passed - (media - last_media) > JUMP_US:
            # Silence is no evidence: what came behind it is a stall's backlog, to be drained.
            self._away_since, self._away_by = monotonic, lateness
        elif self._stays_away(lateness, monotonic):
            return LASTING
        if self._truest is None or offset < self._truest:
            self._truest = offset
        self._last = (media, monotonic, wall)
        return None

    def wall(self, ticks: int) -> int:
        """UTC in µs of a media time, as known now; final only for what was cut."""
        return self._expected(ticks * 1_000_000 // self._scale)

    def cut(self, start: int, end: int) -> Span:
        """Close the segment that holds the media times [start, end), in ticks, for good.

        The first call fixes the run's line. A segment that begins where the last one ended gets
        the very same microsecond; one that begins later lies on the line as it was bent last.
        """
        began = start * 1_000_000 // self._scale
        ended = end * 1_000_000 // self._scale
        length = ended - began
        most = length * MAX_PPM // 1_000_000
        if self._start is not None and began > self._base:
            self._start = self._expected(began)
        if self._start is None:
            self._start = began + (self._truest or 0)
            bend = 0
        elif self._truest is None:
            bend = length * self._bend_ppb // 1_000_000_000
        else:
            bend = ended + self._truest - self._start - length
        bend = min(max(bend, -most), most)
        self._learn_drift(ended)
        span = Span(
            start=self._start,
            duration_us=length + bend,
            ticks=end - start,
            drift_ppm=self._drift_ppm,
        )
        self._bend_ppb = bend * 1_000_000_000 // length if length else 0
        self._base, self._start = ended, span.end
        self._truest = None
        return span

    def _expected(self, media: int) -> int:
        if self._start is None:
            return media + (self._truest or 0)
        length = media - self._base
        return self._start + length + length * self._bend_ppb // 1_000_000_000

    def _stays_away(self, lateness: int, monotonic: int) -> bool:
        """Away from the line for 10 s, on one side, and not on the way back."""
        since = self._away_since
        if since is None or (lateness > 0) != (self._away_by > 0):
            self._away_since, self._away_by = monotonic, lateness
            return False
        if monotonic - since < LASTING_US:
            return False
        if abs(self._away_by) - abs(lateness) > (monotonic - since) // 10:
            self._away_since, self._away_by = monotonic, lateness
            return False
        return True

    def _learn_drift(self, ended: int) -> None:
        if self._truest is None:
            return
        if self._first is None:
            self._first = (self._truest, ended)
            return
        offset, first_ended = self._first
        if ended > first_ended:
            grown = self._truest - offset
            self._drift_ppm = round(grown * 1_000_000 / (ended - first_ended), 1)
