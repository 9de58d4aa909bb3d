"""From NAL units to access units: what the depacketizers of H.264 and H.265 have in common.

Each access unit grows in one bytearray that the sink then owns: one copy per piece, no object
per packet. Annotated plain code, so that mypyc can compile it unchanged.
"""

from __future__ import annotations

import struct

from nvr_core.media.bits import START_CODE
from nvr_core.media.errors import MediaError
from nvr_core.media.parameter_sets import SLICE_HEAD, ParameterSets
from nvr_core.media.track import FrameSink, TrackConfig

LIMIT = 16 << 20
"""Bytes an access unit may have."""

SCANNED = 64
"""Slices that are searched for start codes: a camera that leaves them in does so from the start.

Searching every slice would cost as much as all the rest of depacketising together.
"""

MOST_UNITS = 1024
"""NAL units that are looked for in one, if start codes were left in."""

RECOVERY_POINT = 6
"""SEI payload type, the same in both standards (H.264 D.1.8, H.265 D.2.8)."""

NO_LENGTH = b"\0\0\0\0"
_pack_length = struct.Struct(">I").pack
_patch_length = struct.Struct(">I").pack_into


class AccessUnit:
    """The access unit that grows now, and the rules by which it ends.

    It ends at the marker bit when it holds a slice, when the timestamp changes, or before a NAL
    unit that can only begin the next one. What holds no slice is given to nobody.
    """

    __slots__ = (
        "_buffer",
        "_config",
        "_damaged",
        "_data",
        "_doubtful",
        "_fragment",
        "_header",
        "_key",
        "_marked",
        "_nal",
        "_sets",
        "_sink",
        "_slice",
        "_timestamp",
        "_to_scan",
        "_view",
    )

    def __init__(self, sink: FrameSink, sets: ParameterSets, header: int) -> None:
        self._sink = sink
        self._sets = sets
        self._header = header
        """Bytes of a NAL unit header."""
        self._config: TrackConfig | None = None
        self._data = bytearray()
        self._timestamp = -1
        self._slice = -1
        """Offset of the first slice in data, -1 while there is none."""
        self._nal = 0
        """Offset of the NAL unit whose fragments are coming in."""
        self._fragment = -1
        """Its type, -1 when none is."""
        self._key = False
        self._damaged = False
        self._doubtful = False
        """Packets before the first one are missing: were they of this unit?"""
        self._marked = False
        """This camera sets the marker bit."""
        self._to_scan = SCANNED
        self._buffer: bytes | bytearray = b""
        self._view = memoryview(b"")

    def flush(self) -> None:
        """The stream has ended: give out what is whole.

        Where markers end access units, one without is not whole.
        """
        if self._marked or self._fragment >= 0:
            self._data = bytearray()
            self._slice = self._fragment = -1
        self._turn(-1, False)

    def _see(self, buf: bytes | bytearray) -> None:
        """Have a view of this buffer: receivers use one and the same all the time."""
        self._buffer = buf
        self._view = memoryview(buf)

    def _turn(self, timestamp: int, lost: bool) -> None:
        """A packet that does not simply go on: another time, or packets missing before it."""
        changed = timestamp != self._timestamp
        if self._fragment >= 0 and (lost or changed):
            self._drop_fragments()
        if lost:
            self._damaged = True
        if changed:
            self._finish()
            self._timestamp = timestamp
            self._doubtful = lost

    def _add_slice(self, buf: bytes | bytearray, start: int, end: int, key: bool) -> None:
        """Append one whole slice."""
        data = self._data
        if self._slice < 0:
            self._slice = len(data)
        if key:
            self._key = True
        data += _pack_length(end - start)
        data += buf[start:end]
        if len(data) > LIMIT:
            self._too_big()

    def _add_other(self, nal: bytes) -> None:
        """Append one whole NAL unit that is no slice."""
        self._data += _pack_length(len(nal))
        self._data += nal
        if len(self._data) > LIMIT:
            self._too_big()

    def _drop_fragments(self) -> None:
        """The NAL unit in pieces will never be whole."""
        if self._fragment >= 0:
            del self._data[self._nal :]
            self._fragment = -1
        self._damaged = True

    def _close_fragments(self) -> None:
        """The NAL unit in pieces is whole: keep it where it lies, or look closer."""
        data, at, kind = self._data, self._nal, self._fragment
        self._fragment = -1
        size = len(data) - at - 4
        if self._is_slice(kind) and not self._to_scan and size > self._header:
            _patch_length(data, at, size)
            if self._slice < 0:
                self._slice = at
            if self._is_key(kind):
                self._key = True
            return
        nal = bytes(data[at + 4 :])
        del data[at:]
        self._split(nal)

    def _split(self, nal: bytes) -> None:
        """Take NAL units one by one, where a camera has left start codes between them."""
        if START_CODE not in nal:
            if len(nal) > self._header:
                self._sort(nal)
            return
        for piece in nal.split(START_CODE, MOST_UNITS):
            # A NAL unit never ends in a zero byte: those belong to the next start code.
            unit = piece.rstrip(b"\0")
            if len(unit) > self._header:
                if self._is_slice(self._kind(unit)):
                    self._to_scan = SCANNED
                self._sort(unit)

    def _begin_next(self) -> None:
        """What comes belongs to the next access unit, whatever the marker said."""
        if self._slice >= 0:
            self._finish()

    def _finish(self) -> None:
        """Give out the access unit if it holds a picture, and start anew."""
        data, first, key = self._data, self._slice, self._key
        damaged, doubtful = self._damaged, self._doubtful
        self._key = self._damaged = self._doubtful = False
        if first < 0:
            if data:
                self._data = bytearray()
            return
        self._data = bytearray()
        self._slice = -1
        if self._sets.changed:
            config = self._sets.config(bytes(data[first + 4 : first + 4 + SLICE_HEAD]))
            if config is not None and config != self._config:
                self._config = config
                self._sink.configure(config)
        if self._config is None:
            return
        if doubtful and data[first + 4 + self._header] & 0x80 == 0:
            # Both standards put a one bit here in the first slice of a picture
            # (first_mb_in_slice 0 as ue(v), first_slice_segment_in_pic_flag).
            damaged = True
        self._sink.frame(self._timestamp, key, data, damaged)

    def _too_big(self) -> None:
        self._data = bytearray()
        self._slice = self._fragment = -1
        raise MediaError(f"a frame of more than {LIMIT >> 20} MiB; no camera sends such")

    def _kind(self, nal: bytes) -> int:
        """NAL unit type."""
        raise NotImplementedError

    def _is_slice(self, kind: int) -> bool:
        raise NotImplementedError

    def _is_key(self, kind: int) -> bool:
        """Decoding may start at a slice of this type."""
        raise NotImplementedError

    def _sort(self, nal: bytes) -> None:
        """Take one whole NAL unit of any type, longer than its header."""
        raise NotImplementedError


def has_recovery_point(payloads: bytes) -> bool:
    """Whether SEI messages (behind the NAL unit header) name a recovery point (7.3.2.3)."""
    at, end = 0, len(payloads)
    while at + 2 <= end:
        kind, at = _extended(payloads, at)
        size, at = _extended(payloads, at)
        if kind == RECOVERY_POINT:
            return True
        at += size
    return False


def _extended(payloads: bytes, at: int) -> tuple[int, int]:
    """A number in bytes of 255 each and a rest (7.3.2.3.1), and what comes behind it."""
    number = 0
    while at < len(payloads) and payloads[at] == 0xFF:
        number += 255
        at += 1
    if at < len(payloads):
        number += payloads[at]
    return number, at + 1
