"""The sample tables of a plain MP4, collected frame by frame."""

from __future__ import annotations

import struct
import sys
from array import array

from nvr_core.media.boxes import full


class Runs:
    """A long list of numbers in which neighbours are mostly equal."""

    def __init__(self) -> None:
        self._counts = array("I")
        self._values = array("q")

    def add(self, value: int) -> None:
        if self._values and self._values[-1] == value:
            self._counts[-1] += 1
        else:
            self._counts.append(1)
            self._values.append(value)

    def prolong(self, more: int) -> None:
        """Add to the last number alone."""
        value = self._values[-1]
        self._counts[-1] -= 1
        if not self._counts[-1]:
            self._counts.pop()
            self._values.pop()
        self.add(value + more)

    def __len__(self) -> int:
        return len(self._counts)

    def used(self) -> bool:
        """Whether any number is not 0."""
        return any(self._values)

    def packed(self, form: str) -> bytes:
        """Count of runs, then (count, value) of each; `form` is the value's struct letter."""
        pairs = zip(self._counts, self._values, strict=True)
        one = struct.Struct(f">I{form}")
        return struct.pack(">I", len(self)) + b"".join(one.pack(*pair) for pair in pairs)


class SampleTables:
    """Durations, offsets, sizes, key frames and places of all frames (ISO/IEC 14496-12, 8.6, 8.7).

    Memory is about 10 bytes a frame. Places are relative to the first byte of the frames until
    `boxes` is told where that byte lies.
    """

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self._durations = Runs()
        self._shifts = Runs()
        self._sizes = array("I")
        self._keys = array("I")
        self._chunk_at = array("Q")
        self._chunks: list[tuple[int, int]] = []
        """(first chunk, frames in each) as stsc holds them."""

    def add(self, duration: int, size: int, shift: int, key: bool) -> None:
        """The next frame; times in ticks."""
        self.count += 1
        self.bytes += size
        self._durations.add(duration)
        self._shifts.add(shift)
        self._sizes.append(size)
        if key:
            self._keys.append(self.count)

    def prolong(self, ticks: int) -> None:
        """The last frame lasts longer than was said: frames behind it are missing."""
        self._durations.prolong(ticks)

    def chunk(self, frames: int, at: int) -> None:
        """The last `frames` added lie together from byte `at` of all frames on."""
        self._chunk_at.append(at)
        if not self._chunks or self._chunks[-1][1] != frames:
            self._chunks.append((len(self._chunk_at), frames))

    def boxes(self, first_byte: int, wide: bool) -> list[bytes]:
        """stts, ctts, stss, stsc, stsz and stco or (wide) co64."""
        tables = [full(b"stts", 0, 0, self._durations.packed("I"))]
        if self._shifts.used():
            tables.append(full(b"ctts", 1, 0, self._shifts.packed("i")))
        if len(self._keys) < self.count:
            keys = _big_endian(self._keys)
            tables.append(full(b"stss", 0, 0, struct.pack(">I", len(self._keys)), keys))
        chunks = b"".join(struct.pack(">III", *row, 1) for row in self._chunks)
        offsets = array("Q" if wide else "I", (first_byte + at for at in self._chunk_at))
        tables += [
            full(b"stsc", 0, 0, struct.pack(">I", len(self._chunks)), chunks),
            full(b"stsz", 0, 0, struct.pack(">II", 0, self.count), _big_endian(self._sizes)),
            full(
                b"co64" if wide else b"stco",
                0,
                0,
                struct.pack(">I", len(offsets)),
                _big_endian(offsets),
            ),
        ]
        return tables


def _big_endian(numbers: array[int]) -> bytes:
    copy = numbers[:]
    if sys.byteorder == "little":
        copy.byteswap()
    return copy.tobytes()
