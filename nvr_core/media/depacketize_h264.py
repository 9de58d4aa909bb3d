"""H.264 out of RTP (RFC 6184): single NAL units, STAP-A and FU-A. A hot path."""

from __future__ import annotations

from nvr_core.media.access_unit import LIMIT, NO_LENGTH, AccessUnit, has_recovery_point
from nvr_core.media.parameter_sets import H264Sets
from nvr_core.media.track import FrameSink

IDR, SEI, SPS, PPS, DELIMITER, FILLER = 5, 6, 7, 8, 9, 12
LAST_SLICE = 5
STAP_A, FU_A = 24, 28


class H264Depacketizer(AccessUnit):
    """Single NAL units, STAP-A and FU-A in; access units out (packetization modes 0 and 1)."""

    __slots__ = ()

    def __init__(self, sink: FrameSink, sets: H264Sets) -> None:
        super().__init__(sink, sets, 1)

    def packet(
        self, buf: bytes | bytearray, start: int, end: int, timestamp: int, marker: bool, lost: bool
    ) -> None:
        """See Depacketizer. Raises MediaError for an access unit over 16 MiB."""
        if lost or timestamp != self._timestamp:
            self._turn(timestamp, lost)
        if end - start > 2:
            if buf[start] & 0x1F == FU_A:
                if buf is not self._buffer:
                    self._see(buf)
                header = buf[start + 1]
                if header == self._fragment:
                    # Neither start nor end, and of the NAL unit in progress: nine in ten packets.
                    data = self._data
                    data += self._view[start + 2 : end]
                    if len(data) > LIMIT:
                        self._too_big()
                else:
                    self._edge(buf, start, end, header)
            else:
                self._whole(buf, start, end)
        if marker:
            self._marked = True
            if self._fragment >= 0:
                self._close_fragments()  # a camera that forgets the end bit
            if self._slice >= 0:
                self._finish()

    def _edge(self, buf: bytes | bytearray, start: int, end: int, header: int) -> None:
        """A fragment that begins or ends a NAL unit, or fits nowhere (5.8)."""
        kind = header & 0x1F
        data = self._data
        if header & 0x80:
            if self._fragment >= 0:
                self._drop_fragments()
            self._nal = len(data)
            self._fragment = kind
            data += NO_LENGTH
            data.append(buf[start] & 0xE0 | kind)
        elif kind != self._fragment:
            self._drop_fragments()
            return
        data += self._view[start + 2 : end]
        if len(data) > LIMIT:
            self._too_big()
        if header & 0x40:
            self._close_fragments()

    def _whole(self, buf: bytes | bytearray, start: int, end: int) -> None:
        if self._fragment >= 0:
            self._drop_fragments()
        kind = buf[start] & 0x1F
        if kind != STAP_A:
            self._unit(buf, start, end)
            return
        start += 1
        while start + 2 <= end:
            size = buf[start] << 8 | buf[start + 1]
            start += 2
            if start + size > end:
                self._damaged = True
                return
            self._unit(buf, start, start + size)
            start += size

    def _unit(self, buf: bytes | bytearray, start: int, end: int) -> None:
        if end - start < 2:
            return
        kind = buf[start] & 0x1F
        if 1 <= kind <= LAST_SLICE and not self._to_scan:
            self._add_slice(buf, start, end, kind == IDR)
        else:
            self._split(bytes(buf[start:end]))

    def _sort(self, nal: bytes) -> None:
        kind = nal[0] & 0x1F
        if 1 <= kind <= LAST_SLICE:
            if self._to_scan:
                self._to_scan -= 1
            self._add_slice(nal, 0, len(nal), kind == IDR)
        elif kind in (SPS, PPS):
            self._begin_next()
            self._sets.take(nal)
        elif kind == DELIMITER:
            self._begin_next()
        elif kind == SEI:
            self._begin_next()
            if has_recovery_point(nal[1:]):
                self._key = True
            self._add_other(nal)
        elif 0 < kind < STAP_A and kind != FILLER:
            self._add_other(nal)

    def _kind(self, nal: bytes) -> int:
        return nal[0] & 0x1F

    def _is_slice(self, kind: int) -> bool:
        return 1 <= kind <= LAST_SLICE

    def _is_key(self, kind: int) -> bool:
        return kind == IDR
