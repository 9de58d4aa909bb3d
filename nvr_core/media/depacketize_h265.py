"""H.265 out of RTP (RFC 7798): single NAL units, aggregation packets, fragments. A hot path."""

from __future__ import annotations

from nvr_core.media.access_unit import LIMIT, NO_LENGTH, AccessUnit, has_recovery_point
from nvr_core.media.parameter_sets import H265Sets
from nvr_core.media.track import FrameSink

FIRST_START, LAST_START, LAST_SLICE = 16, 21, 31
VPS, SPS, PPS, DELIMITER, FILLER, PREFIX_SEI = 32, 33, 34, 35, 38, 39
AGGREGATION, FRAGMENT = 48, 49


class H265Depacketizer(AccessUnit):
    """Single NAL units, aggregation packets and fragments in; access units out.

    Without decoding order numbers: depacketize.create refuses streams that carry them.
    """

    __slots__ = ()

    def __init__(self, sink: FrameSink, sets: H265Sets) -> None:
        super().__init__(sink, sets, 2)

    def packet(
        self, buf: bytes | bytearray, start: int, end: int, timestamp: int, marker: bool, lost: bool
    ) -> None:
        """See Depacketizer. Raises MediaError for an access unit over 16 MiB."""
        if lost or timestamp != self._timestamp:
            self._turn(timestamp, lost)
        if end - start > 3:
            if buf[start] >> 1 & 0x3F == FRAGMENT:
                if buf is not self._buffer:
                    self._see(buf)
                header = buf[start + 2]
                if header == self._fragment:
                    # Neither start nor end, and of the NAL unit in progress: nine in ten packets.
                    data = self._data
                    data += self._view[start + 3 : end]
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
        """A fragment that begins or ends a NAL unit, or fits nowhere (4.4.3)."""
        kind = header & 0x3F
        data = self._data
        if header & 0x80:
            if self._fragment >= 0:
                self._drop_fragments()
            self._nal = len(data)
            self._fragment = kind
            data += NO_LENGTH
            data.append(buf[start] & 0x81 | kind << 1)
            data.append(buf[start + 1])
        elif kind != self._fragment:
            self._drop_fragments()
            return
        data += self._view[start + 3 : end]
        if len(data) > LIMIT:
            self._too_big()
        if header & 0x40:
            self._close_fragments()

    def _whole(self, buf: bytes | bytearray, start: int, end: int) -> None:
        if self._fragment >= 0:
            self._drop_fragments()
        kind = buf[start] >> 1 & 0x3F
        if kind != AGGREGATION:
            self._unit(buf, start, end)
            return
        start += 2
        while start + 2 <= end:
            size = buf[start] << 8 | buf[start + 1]
            start += 2
            if start + size > end:
                self._damaged = True
                return
            self._unit(buf, start, start + size)
            start += size

    def _unit(self, buf: bytes | bytearray, start: int, end: int) -> None:
        if end - start < 3:
            return
        kind = buf[start] >> 1 & 0x3F
        # A second byte of 0 is no header but a start code.
        if kind <= LAST_SLICE and not self._to_scan and buf[start + 1]:
            self._add_slice(buf, start, end, FIRST_START <= kind <= LAST_START)
        else:
            self._split(bytes(buf[start:end]))

    def _sort(self, nal: bytes) -> None:
        kind = nal[0] >> 1 & 0x3F
        if kind <= LAST_SLICE:
            if self._to_scan:
                self._to_scan -= 1
            self._add_slice(nal, 0, len(nal), FIRST_START <= kind <= LAST_START)
        elif kind in (VPS, SPS, PPS):
            self._begin_next()
            self._sets.take(nal)
        elif kind == DELIMITER:
            self._begin_next()
        elif kind == PREFIX_SEI:
            self._begin_next()
            if has_recovery_point(nal[2:]):
                self._key = True
            self._add_other(nal)
        elif kind < AGGREGATION and kind != FILLER:
            self._add_other(nal)

    def _kind(self, nal: bytes) -> int:
        return nal[0] >> 1 & 0x3F

    def _is_slice(self, kind: int) -> bool:
        return kind <= LAST_SLICE

    def _is_key(self, kind: int) -> bool:
        return FIRST_START <= kind <= LAST_START
