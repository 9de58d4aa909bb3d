"""G.711 out of RTP: a packet's payload is a frame (RFC 3551, 4.5.14)."""

from __future__ import annotations

from nvr_core.media.track import FrameSink, TrackConfig


class G711Depacketizer:
    """Every packet with something in it is one frame, at its own time."""

    __slots__ = ("_config", "_configured", "_lost", "_sink")

    def __init__(self, sink: FrameSink, config: TrackConfig) -> None:
        self._sink = sink
        self._config = config
        self._configured = False
        self._lost = False

    def packet(
        self, buf: bytes | bytearray, start: int, end: int, timestamp: int, marker: bool, lost: bool
    ) -> None:
        """See Depacketizer. The marker only says that silence ended."""
        lost = lost or self._lost
        self._lost = lost and end <= start
        if end <= start:
            return
        if not self._configured:
            self._configured = True
            self._sink.configure(self._config)
        self._sink.frame(timestamp, True, bytearray(buf[start:end]), lost)

    def flush(self) -> None:
        """Nothing is ever held back."""
