"""UDP packets back in order, before anything else looks at them."""

from __future__ import annotations

import struct

from nvr_core.media.rtp_numbers import MOST_LATE

_unpack_number = struct.Struct(">H").unpack_from

SHORTEST = 12
"""Bytes of an RTP header."""


class Reorder:
    """Puts UDP packets back in order, waiting for a missing one while `window` others come."""

    def __init__(self, window: int) -> None:
        self._window = max(1, min(window, MOST_LATE))
        self._expected = -1
        self._waiting: dict[int, bytes] = {}

    def push(self, packet: bytes) -> list[bytes]:
        """Take a datagram; get those that are in order now (often just this one)."""
        if len(packet) < SHORTEST or packet[0] >> 6 != 2:
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
