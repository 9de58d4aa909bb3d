"""A run: frames without a hole, and the two lines of time that they lie on."""

from __future__ import annotations

from nvr_core.media.fragmenter import Fragmenter, FragmentSink
from nvr_core.media.track import TrackConfig
from nvr_core.media.wall import WallLine


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
        self.fragmenter = Fragmenter(sink, config.reorder_depth, config.frame_ticks)
