"""What one stream brings a second, for people who look at it now."""

from __future__ import annotations

from nvr_core.clock import SECOND
from nvr_core.media.fragmenter import Fragment
from nvr_core.wire.facts import StreamStatistics
from nvr_core.wire.wants import StreamWant

EVERY = 5 * SECOND
"""µs between two looks: long enough to hold a key frame of most cameras."""


class Rates:
    """Counts whole fragments; two additions a fragment, nothing a frame."""

    def __init__(self, now: int) -> None:
        self._since = now
        self._bytes = 0
        self._frames = 0
        self.lost_packets = 0
        """Since the stream is wanted."""
        self.dropped_bytes = 0
        """Given up because the disk was too slow, since the stream is wanted."""

    def add(self, fragment: Fragment) -> None:
        self._bytes += fragment.size
        self._frames += len(fragment.samples)

    def due(self, now: int) -> bool:
        return now - self._since >= EVERY

    def told(self, want: StreamWant, now: int, *, gop: int, reconnects: int) -> StreamStatistics:
        """The rates since the last look. gop: µs between key frames."""
        passed = max(1, now - self._since)
        said = StreamStatistics(
            camera=want.camera,
            stream=want.stream,
            bits_per_second=8 * self._bytes * SECOND // passed,
            frames_per_second=round(self._frames * SECOND / passed, 2),
            gop_seconds=round(gop / SECOND, 2),
            lost_packets=self.lost_packets,
            dropped_bytes=self.dropped_bytes,
            reconnects=reconnects,
        )
        self._since, self._bytes, self._frames = now, 0, 0
        return said
