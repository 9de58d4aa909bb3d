"""RTP packets to payloads in order: headers, losses, and times that never wrap (RFC 3550).

Receiver.packet is the recorder's hot path: plain annotated code, no object per packet.
"""

from __future__ import annotations

import struct
from typing import Final

from nvr_core.media.track import Depacketizer

_unpack_header = struct.Struct(">HHII").unpack_from
_unpack_ahead = struct.Struct(">IQ").unpack_from
_unpack_number = struct.Struct(">H").unpack_from

HEADER = 12
PADDING = 0x2000
EXTENSION = 0x1000
MARKER = 0x80
PAYLOAD_TYPE = 0x7F
WRAP = 1 << 32
MOST_LOST = 3000
"""A greater step of the sequence number is a new line, not a loss (MAX_DROPOUT, A.1)."""
MOST_LATE = 100
"""A packet may be this many numbers late (MAX_MISORDER, A.1)."""


class Unwrapper:
    """32-bit RTP timestamps on one 64-bit line, 13 hours and more, packets out of order included.

    The line starts one wrap above zero, so that a first frame that is shown later than its
    successors does not take it below.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = -1

    def unwrap(self, value: int) -> int:
        """The 64-bit time nearest to the one before it; never negative."""
        self._last = time = self.near(value)
        return time

    def near(self, value: int) -> int:
        """As unwrap, without moving: for a time told elsewhere (a sender report)."""
        last = self._last
        if last < 0:
            return WRAP + (value & 0xFFFFFFFF)
        time = last + ((value - last + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        return time if time >= 0 else time + WRAP

    def restart(self, value: int) -> int:
        """A sender began anew at any number: the line goes on upwards from where it was."""
        last = self._last
        self._last = time = self.near(value) if last < 0 else last + ((value - last) & 0xFFFFFFFF)
        return time


class SequenceTracker:
    """Tells lost packets from late ones by 16-bit sequence numbers (RFC 3550, A.1)."""

    __slots__ = ("_again", "_first", "expected", "lost", "packets", "resyncs")

    LATE: Final = -1
    RESTART: Final = -2

    def __init__(self) -> None:
        self.expected = -1
        """The number that comes next; -1 before the first packet."""
        self.packets = 0
        self.lost = 0
        self.resyncs = 0
        """How often the sender began a new line of numbers."""
        self._first = 0
        self._again = -1

    @property
    def highest(self) -> int:
        """The newest number with its wraps in the upper 16 bits, as receiver reports want it."""
        return max(self._first + self.packets + self.lost - 1, 0) & 0xFFFFFFFF

    def step(self, sequence: int) -> int:
        """Take the next number: how many are missing before it (0: in order), LATE or RESTART."""
        if self.expected < 0:
            self._begin(sequence)
            return 0
        missing = (sequence - self.expected) & 0xFFFF
        if missing >= 0x10000 - MOST_LATE and sequence != self._again:
            # Two in a row from back there are a sender that began anew; one is merely late.
            self._again = (sequence + 1) & 0xFFFF
            return self.LATE
        if missing >= MOST_LOST:
            self.restart(sequence)
            return self.RESTART
        self.lost += missing
        self.packets += 1
        self.expected = (sequence + 1) & 0xFFFF
        self._again = -1
        return missing

    def restart(self, sequence: int) -> None:
        """Begin a new line at this number."""
        self.resyncs += 1
        self._begin(sequence)

    def _begin(self, sequence: int) -> None:
        self._first = sequence - self.packets - self.lost
        self.packets += 1
        self.expected = (sequence + 1) & 0xFFFF
        self._again = -1


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


class Reorder:
    """Puts UDP packets back in order, waiting for a missing one while `window` others come."""

    def __init__(self, window: int) -> None:
        self._window = max(1, min(window, MOST_LATE))
        self._expected = -1
        self._waiting: dict[int, bytes] = {}

    def push(self, packet: bytes) -> list[bytes]:
        """Take a datagram; get those that are in order now (often just this one)."""
        if len(packet) < HEADER or packet[0] >> 6 != 2:
            return []
        number = int(_unpack_number(packet, 2)[0])
        ahead = (number - self._expected) & 0xFFFF
        if self._expected < 0 or (ahead == 0 and not self._waiting):
            self._expected = (number + 1) & 0xFFFF
            return [packet]
        if ahead >= 0x10000 - MOST_LATE or number in self._waiting:
            return []  # given up on already, or a copy
        if ahead > MOST_LATE:
            return [*self.flush(), *self._from(number, packet)]
        self._waiting[number] = packet
        ready = self._run()
        while len(self._waiting) >= self._window:
            self._expected = min(self._waiting, key=self._distance)
            ready += self._run()
        return ready

    def flush(self) -> list[bytes]:
        """Everything that still waits, in order: nothing more will come."""
        numbers = sorted(self._waiting, key=self._distance)
        ready = [self._waiting[number] for number in numbers]
        self._waiting.clear()
        if numbers:
            self._expected = (numbers[-1] + 1) & 0xFFFF
        return ready

    def _from(self, number: int, packet: bytes) -> list[bytes]:
        self._expected = (number + 1) & 0xFFFF
        return [packet]

    def _distance(self, number: int) -> int:
        return (number - self._expected) & 0xFFFF

    def _run(self) -> list[bytes]:
        ready: list[bytes] = []
        while (packet := self._waiting.pop(self._expected, None)) is not None:
            ready.append(packet)
            self._expected = (self._expected + 1) & 0xFFFF
        return ready
