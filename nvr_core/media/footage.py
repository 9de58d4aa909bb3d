"""What a segment's file holds, as `reading.read` found it: fragments, and when they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from nvr_core.media.init import Track
from nvr_core.media.segment import Closing, FragmentEntry, Opening
from nvr_core.media.wall import MAX_PPM


class WallMark(NamedTuple):
    """The wall time that a fragment was given when it was written (prft)."""

    wall: int
    """UTC, µs."""
    ticks: int
    """Media time."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """All that stands in a file beside the frames."""

    init: bytes
    """`ftyp` and `moov`: what a player needs before any part."""
    track: Track
    opening: Opening | None
    fragments: tuple[FragmentEntry, ...]
    walls: tuple[WallMark, ...]
    """One for each fragment."""
    closing: Closing | None
    hashed: int
    """Bytes that the closing's hash speaks of; 0 without closing."""
    whole: int
    """Bytes up to the end of the last whole fragment, or of the index of a closed file."""
    size: int
    """Bytes of the file when it was read."""
    problems: tuple[str, ...]
    """What is wrong, in sentences. That a file is still open is no problem."""

    @property
    def init_size(self) -> int:
        return len(self.init)

    @property
    def timescale(self) -> int:
        return self.track.timescale

    @property
    def width(self) -> int:
        """Pixels shown; 0 for audio."""
        return self.track.width

    @property
    def height(self) -> int:
        return self.track.height

    @property
    def start(self) -> int:
        """UTC in µs of the media time `base`."""
        return self._line()[0]

    @property
    def base(self) -> int:
        """Media time in ticks at which the segment begins, 0 when it holds nothing."""
        return self.fragments[0].start if self.fragments else 0

    @property
    def end(self) -> int:
        """Media time in ticks at which the last frame ends."""
        return self.fragments[-1].start + self.fragments[-1].duration if self.fragments else 0

    @property
    def frames(self) -> int:
        return sum(f.frames for f in self.fragments)

    def wall(self, ticks: int) -> int:
        """UTC in µs of a media time: by the closing, else by the marks, else by the opening."""
        start, length_us, length = self._line()
        return start + (ticks - self.base) * length_us // length

    def ticks(self, wall: int) -> int:
        """The first media time, in ticks, that is not before a wall time: undoes `wall`."""
        start, length_us, length = self._line()
        return self.base - (start - wall) * length // length_us

    def _line(self) -> tuple[int, int, int]:
        """Wall time of `base`, and a length both in µs and in ticks.

        Without closing, the line goes from the opening to the newest mark, when no more lies
        between them than a wall line may be bent. Else the segment is the first of its run and
        began with a backlog: the newest mark knows best.
        """
        length = self.end - self.base
        if self.closing is not None and length > 0 and self.closing.duration_us > 0:
            return self.closing.start, self.closing.duration_us, length
        start = self.opening.start if self.opening is not None else 0
        if self.walls:
            mark = self.walls[-1]
            passed = mark.ticks - self.base
            usual = passed * 1_000_000 // self.timescale
            bent = mark.wall - start - usual
            if usual > 0 and abs(bent) <= usual * MAX_PPM // 1_000_000:
                return start, usual + bent, passed
            start = mark.wall - usual
        return start, 1_000_000, self.timescale
