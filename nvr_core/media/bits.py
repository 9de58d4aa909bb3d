"""Bit by bit through the headers of video streams (ISO/IEC 14496-10, 7.2 and 9.1)."""

from __future__ import annotations

from nvr_core.media.errors import MediaError

START_CODE = b"\0\0\1"


def unescape(nal: bytes) -> bytes:
    """A NAL unit without its emulation prevention bytes (7.3.1)."""
    return nal.replace(b"\0\0\3", b"\0\0")


def escaped_size(nal: bytes, size: int) -> int:
    """How many bytes of the NAL unit hold the first `size` bytes of what unescape gives."""
    at = nal.find(b"\0\0\3")
    while at >= 0 and at + 2 < size:
        size += 1
        at = nal.find(b"\0\0\3", at + 3)
    return min(size, len(nal))


class BitReader:
    """Reads fixed and Exp-Golomb fields; past the end it raises MediaError."""

    __slots__ = ("_bits", "_left", "_what")

    def __init__(self, octets: bytes, what: str) -> None:
        self._bits = int.from_bytes(octets, "big")
        self._left = 8 * len(octets)
        self._what = what

    @property
    def left(self) -> int:
        """Bits not read yet."""
        return self._left

    def read(self, count: int) -> int:
        """The next count bits as an unsigned number: u(n)."""
        self._left -= count
        if self._left < 0:
            raise MediaError(f"the {self._what} ends too early")
        return self._bits >> self._left & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        self.read(count)

    def flag(self) -> bool:
        """One bit: u(1)."""
        return self.read(1) == 1

    def unsigned(self, highest: int = 0xFFFFFFFE) -> int:
        """An Exp-Golomb number: ue(v). Raises MediaError above the highest that makes sense."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise MediaError(f"the {self._what} holds a number of more than 32 bits")
        number = (1 << zeros) - 1 + self.read(zeros)
        if number > highest:
            raise MediaError(f"the {self._what} holds {number} where at most {highest} makes sense")
        return number

    def signed(self) -> int:
        """A signed Exp-Golomb number: se(v)."""
        number = self.unsigned()
        return (number + 1) // 2 if number & 1 else -(number // 2)
