"""A clock that a test steers, for programs of their own: python -m nvr_core.testing.steered.

Two offsets to the machine's clocks lie in a small file that every program maps into its memory.
Time that passes moves both clocks; a clock that is set moves the wall clock alone. Only offsets: a
second lasts a second, so that what waits for the network, or for frames, is not deceived. Whoever
records while time is moved has seen its camera stand still for so long.

    python -m nvr_core.testing.steered FILE --data … --runtime … --name rtsp     (a recorder)
"""

from __future__ import annotations

import mmap
import struct
import sys
from pathlib import Path

from nvr_core.clock import SystemClock
from nvr_core.recorder.__main__ import main

_OFFSETS = struct.Struct("=qq")
"""µs: time that passed in no time, and what the wall clock was set by."""


class Steered(SystemClock):
    """The machine's clocks with the offsets in a file, which is made where it is missing."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_OFFSETS.size))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), _OFFSETS.size)

    def wall(self) -> int:
        passed, set_by = self._offsets()
        return super().wall() + passed + set_by

    def monotonic(self) -> int:
        return super().monotonic() + self._offsets()[0]

    def advance(self, length: int) -> None:
        """Let so many µs pass for all programs at once."""
        passed, set_by = self._offsets()
        self._map[:] = _OFFSETS.pack(passed + length, set_by)

    def set_by(self, length: int) -> None:
        """Set the wall clock of all programs, so many µs forward, or (negative) back."""
        passed, before = self._offsets()
        self._map[:] = _OFFSETS.pack(passed, before + length)

    def _offsets(self) -> tuple[int, int]:
        passed, set_by = _OFFSETS.unpack(self._map[:])
        return passed, set_by


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], Steered(Path(sys.argv[1]))))
