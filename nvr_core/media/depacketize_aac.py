"""AAC out of RTP: mpeg4-generic in its two AAC modes (RFC 3640, 3.3.5 and 3.3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.media.track import FrameSink, TrackConfig

LIMIT = 65536
"""Bytes a frame may have; AAC allows 768 a channel."""


@dataclass(frozen=True, kw_only=True)
class Headers:
    """Bits of the fields in each AU header (4.1)."""

    size: int = 13
    index: int = 3
    index_delta: int = 3


class AacDepacketizer:
    """Packets with several frames, and frames in several packets; interleaving is refused."""

    __slots__ = (
        "_config",
        "_configured",
        "_damaged",
        "_headers",
        "_partial",
        "_rate",
        "_sink",
        "_want",
    )

    def __init__(
        self, sink: FrameSink, config: TrackConfig, headers: Headers, clock_rate: int
    ) -> None:
        self._sink = sink
        self._config = config
        self._headers = headers
        self._rate = clock_rate
        """RTP ticks a second: some cameras count half the sample rate, or a flat 90000."""
        self._configured = False
        self._damaged = False
        self._partial = bytearray()
        self._want = 0
        """Size of the frame that is coming in pieces, 0 when none is."""

    def packet(
        self, buf: bytes | bytearray, start: int, end: int, timestamp: int, marker: bool, lost: bool
    ) -> None:
        """See Depacketizer. What does not add up is dropped, and the next frame marked damaged."""
        if lost:
            self._damaged = True
            self._want = 0
        if end - start < 2:
            return
        headers = self._headers
        length = buf[start] << 8 | buf[start + 1]
        body = start + 2 + (length + 7) // 8
        first = headers.size + headers.index
        if body > end or length < first:
            self._drop()
            return
        count = 1 + (length - first) // (headers.size + headers.index_delta)
        bits = int.from_bytes(buf[start + 2 : body], "big")
        left = 8 * (body - start - 2)
        ticks = timestamp * self._config.timescale // self._rate
        for index in range(count):
            size = bits >> (left - headers.size) & ((1 << headers.size) - 1)
            left -= headers.size + (headers.index_delta if index else headers.index)
            if body + size > end:
                if count == 1:
                    self._piece(buf, body, end, size, ticks)
                else:
                    self._drop()
                return
            if self._want:
                self._drop()  # the last piece of the frame before never came
            if size:
                self._give(ticks, bytearray(buf[body : body + size]))
            body += size
            ticks += self._config.frame_ticks

    def flush(self) -> None:
        """A frame of which a piece is missing is not given out."""
        self._want = 0

    def _piece(self, buf: bytes | bytearray, start: int, end: int, size: int, ticks: int) -> None:
        if self._want != size:
            if self._want:
                self._damaged = True
            self._want, self._partial = size, bytearray()
        self._partial += buf[start:end]
        if len(self._partial) > size or size > LIMIT:
            self._drop()
        elif len(self._partial) == size:
            self._want = 0
            self._give(ticks, self._partial)

    def _drop(self) -> None:
        self._want = 0
        self._damaged = True

    def _give(self, ticks: int, data: bytearray) -> None:
        if not self._configured:
            self._configured = True
            self._sink.configure(self._config)
        damaged, self._damaged = self._damaged, False
        self._sink.frame(ticks, True, data, damaged)
