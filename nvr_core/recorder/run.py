"""A run: frames without a hole, and the two lines of time that they lie on."""

from __future__ import annotations

from nvr_core.media.decode_time import MAX_DEPTH, Backwards
from nvr_core.media.fragmenter import Fragmenter, FragmentSink
from nvr_core.media.track import TrackConfig
from nvr_core.media.wall import WallLine

MOST_SLIPS = 3
"""Frames in a row whose time may be wrong before the whole line is."""


class Run:
    """One line of media time, one line of wall time, and the fragmenter between them.

    The media line begins at one second, not at the camera's random number: players then show
    times that mean something, and a frame that is shown before the first one has a time too.
    """

    def __init__(self, sink: FragmentSink, run: str, config: TrackConfig, pts: int) -> None:
        self.id = run
        self.first = config.timescale
        self.origin = pts - self.first
        self.line = WallLine(config.timescale)
        self.fragmenter = Fragmenter.of(sink, config)
        self._newest = 0
        self._slips = 0
        self._leading = 0

    def take(self, at: int, key: bool, data: bytearray, damaged: bool) -> str | None:
        """Take the next frame. Returns why it cannot belong to this run, else None.

        A single frame whose time was used already, or lies far back, is a slip of the camera: it
        is shown where it came, right behind the newest one. Several in a row are a step.
        """
        if at < self.first:
            if self._newest == self.first and self._leading < MAX_DEPTH:
                self._leading += 1
                return None  # shown before the run's first key frame: it needs what came earlier
            return self._slip(key, data, damaged)
        try:
            self.fragmenter.frame(at, key, data, damaged)
        except Backwards:
            return self._slip(key, data, damaged)
        self._slips = 0
        if at > self._newest:
            self._newest = at
        return None

    def _slip(self, key: bool, data: bytearray, damaged: bool) -> str | None:
        self._slips += 1
        if self._slips > MOST_SLIPS:
            return "the camera's time stamps stepped back"
        self._newest += 1
        self.fragmenter.frame(self._newest, key, data, damaged)
        return None
