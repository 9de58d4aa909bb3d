"""What a source counts while it delivers: losses, and the camera's own clock."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(slots=True)
class Tally:
    """What went wrong inside a segment."""

    lost_packets: int = 0
    resyncs: int = 0
    damaged_frames: int = 0
    camera_clock: tuple[int, int] | None = None
    """The camera's own wall time (µs), and the media time in ticks that it belongs to."""

    def on_line(self, origin: int) -> Tally:
        """The same, its media time counted on the line of a run with this origin."""
        if self.camera_clock is None:
            return self
        ntp, ticks = self.camera_clock
        return replace(self, camera_clock=(ntp, ticks - origin))
