"""RTP packets to payloads in order: headers, losses, and times that never wrap (RFC 3550).

Receiver.packet is the recorder's hot path: plain annotated code, no object per packet.
"""

from __future__ import annotations

import struct

from nvr_core.media.reorder import Reorder
from nvr_core.media.rtp_numbers import WRAP, SequenceTracker, Unwrapper
from nvr_core.media.track import Depacketizer

__all__ = ["WRAP", "Receiver", "Reorder", "SequenceTracker", "Unwrapper"]

_unpack_header = struct.Struct(">HHII").unpack_from
_unpack_ahead = struct.Struct(">IQ").unpack_from
_unpack_number = struct.Struct(">H").unpack_from

HEADER = 12
PADDING = 0x2000
EXTENSION = 0x1000
MARKER = 0x80
PAYLOAD_TYPE = 0x7F


class Receiver:
    """Takes the RTP packets of one track and feeds its depacketizer.

    payload_type: packets of another type (comfort noise, retransmissions) are ignored; None, or
    the -1 of a description that names none, takes any. A new SSRC begins a new line of sequence
    numbers and times.
    """

    __slots__ = (
        "_counted",
        "_depacketizer",
        "_line",
        "_mask",
        "_next",
        "_plain",
        "_sequence",
        "_stamp",
        "_time",
        "ignored",
        "ssrc",
        "timestamps",
    )

    def __init__(self, depacketizer: Depacketizer, payload_type: int | None) -> None:
        self._depacketizer = depacketizer
        # Version 2, no padding, no extension, no CSRC and our payload type in one comparison.
        self._mask, self._plain = 0xFF00, 0x8000
        if payload_type is not None and payload_type >= 0:
            self._mask, self._plain = 0xFF7F, 0x8000 | (payload_type & PAYLOAD_TYPE)
        self._stamp = -1
        self._time = 0
        self._next = -1
        """First 32 bits of the packet that most likely comes next: plain, without marker."""
        self._counted = -1
        """What _next was when the sequence tracker last heard of it."""
        self._line = -1
        """Timestamp and SSRC of the last packet in one number."""
        self._sequence = SequenceTracker()
        self.timestamps = Unwrapper()
        self.ssrc = -1
        """Of the sender, -1 before its first packet."""
        self.ignored = 0
        """Packets that were no RTP, of another payload type, or too late."""

    @property
    def sequence(self) -> SequenceTracker:
        """The line of sequence numbers, up to date."""
        self._count()
        return self._sequence

    @property
    def packets(self) -> int:
        """Packets that came in order."""
        return self.sequence.packets

    @property
    def lost(self) -> int:
        """Packets that never came."""
        return self._sequence.lost

    @property
    def resyncs(self) -> int:
        """How often the sender began anew."""
        return self._sequence.resyncs

    def packet(self, buf: bytes | bytearray, start: int, end: int) -> None:
        """Take the RTP packet buf[start:end], which may change after the call.

        What is no RTP packet is counted and passed over. Raises what the depacketizer raises.
        """
        if end - start < HEADER:
            self.ignored += 1
            return
        word, line = _unpack_ahead(buf, start)
        if word == self._next and line == self._line:
            # More of the same frame: nine packets in ten. A wrap carries into the upper half and
            # fails this comparison the next time, its lower half is right all the same.
            self._next = word + 1
            self._depacketizer.packet(buf, start + HEADER, end, self._time, False, False)
        else:
            self._other(buf, start, end, word >> 16)

    def _other(self, buf: bytes | bytearray, start: int, end: int, head: int) -> None:
        """Any packet but one that could be foretold."""
        _, number, stamp, ssrc = _unpack_header(buf, start)
        body = start + HEADER
        if head & self._mask != self._plain:
            body = _body(buf, body, end, head)
            if head & PADDING and end > body:
                end -= buf[end - 1]
            if body < 0 or body > end or (head ^ self._plain) & self._mask & PAYLOAD_TYPE:
                self.ignored += 1
                if body >= 0 and ssrc == self.ssrc:
                    self._step(number, stamp, ssrc)  # other payload types share our numbers
                return
        step = self._step(number, stamp, ssrc)
        if step == SequenceTracker.LATE:
            self.ignored += 1
            return
        if stamp != self._stamp:
            self._stamp = stamp
            self._time = self.timestamps.unwrap(stamp)
        self._line = stamp << 32 | ssrc
        self._depacketizer.packet(buf, body, end, self._time, head & MARKER != 0, step != 0)

    def _count(self) -> None:
        """Tell the sequence tracker of the packets that were as foretold."""
        run = self._next - self._counted
        if run:
            sequence = self._sequence
            sequence.packets += run
            sequence.expected = self._next & 0xFFFF
            self._counted = self._next

    def _step(self, number: int, stamp: int, ssrc: int) -> int:
        self._count()
        sequence = self._sequence
        if ssrc == self.ssrc or self.ssrc < 0:
            self.ssrc = ssrc
            step = sequence.step(number)
        else:
            self.ssrc = ssrc
            sequence.restart(number)
            self._stamp = stamp
            self._time = self.timestamps.restart(stamp)
            step = SequenceTracker.RESTART
        self._next = self._counted = self._plain << 16 | sequence.expected
        return step


def _body(buf: bytes | bytearray, start: int, end: int, head: int) -> int:
    """Where the payload starts behind CSRCs and an extension (5.1, 5.3.1); -1: no RTP at all."""
    if head >> 14 != 2:
        return -1
    start += 4 * (head >> 8 & 0x0F)
    if head & EXTENSION:
        if start + 4 > end:
            return -1
        start += 4 + 4 * int(_unpack_number(buf, start + 2)[0])
    return start if start <= end else -1
