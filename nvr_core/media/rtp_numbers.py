"""RTP's short numbers made long: times that never wrap, and what a line of packets lacks."""

from __future__ import annotations

from typing import Final

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
