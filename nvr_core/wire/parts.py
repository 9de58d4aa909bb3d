"""A segment's key-frame index in few bytes: pure, and any list of parts comes back as it was.

It is packed once, by whoever knows the parts, and goes so from the recorder through its journal
into the catalogue: nobody looks at a part on the way. Where one part ends the next one nearly
always begins, so it is the differences that are stored:

    version, count, then four columns: gap before each part in bytes, size, gap before each part in
    ticks, duration.

A column is its least value (a varint) and, for what each value has above it, whole planes: all
lowest bytes, then all second bytes, … A plane of zeros is left out. Gaps are zero and durations
nearly equal, so a part costs three bytes of size and none to two of duration; and planes are cut
and joined by slices, without a loop over parts.
"""

from __future__ import annotations

import binascii
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from nvr_core.wire.errors import WireError

VERSION = 1
MOST = 1 << 18
"""Parts of one segment at most: days of key frames."""
_LIMIT = 1 << 63
"""Places and lengths fit 64 bits with a sign, as every whole number that crosses the wire."""
_NOTHING = bytes(2)
"""A column of zeros: least value 0, no planes."""
_WORD = 8
"""Bytes of a value before planes are left out."""


class Torn(WireError):
    """Bytes that are no packed parts."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A key-to-key group of whole fragments: what browsers fetch."""

    offset: int
    size: int
    start: int
    """Media time in ticks on the run's line."""
    duration: int
    """Ticks."""


class PackedParts:
    """The parts of a segment in file order, unpacked by whoever looks at them.

    Two are equal when their bytes are; equal parts that `of` packed are.
    """

    __slots__ = ("packed",)

    def __init__(self, packed: bytes) -> None:
        """Raises Torn for bytes that would not unpack."""
        _check(packed)
        self.packed = packed

    @classmethod
    def of(cls, parts: Sequence[Part]) -> PackedParts:
        """Values are whole numbers of 64 bits with a sign."""
        made = cls.__new__(cls)
        made.packed = _pack(parts)
        return made

    @classmethod
    def read(cls, text: str) -> PackedParts:
        """From `text`. Raises Torn."""
        try:
            return cls(binascii.a2b_base64(text, strict_mode=True))
        except ValueError as error:  # binascii's own, and letters that are no ASCII
            raise Torn(str(error)) from None

    @property
    def text(self) -> str:
        """Base64 (RFC 4648, section 4)."""
        return binascii.b2a_base64(self.packed, newline=False).decode("ascii")

    def __len__(self) -> int:
        return _read_varint(self.packed, 1)[0]

    def __iter__(self) -> Iterator[Part]:
        return iter(_unpack(self.packed))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PackedParts) and self.packed == other.packed

    def __hash__(self) -> int:
        return hash(self.packed)

    def __repr__(self) -> str:
        return f"<{len(self)} parts>"


def _pack(parts: Sequence[Part]) -> bytes:
    """The parts in file order. 60 of them take about 250 bytes.

    Values are whole numbers of 64 bits with a sign, as they cross the wire.
    """
    head = bytearray((VERSION,))
    _varint(head, len(parts))
    if parts:
        # Comprehensions: nothing else is faster.
        offsets = [part.offset for part in parts]
        sizes = [part.size for part in parts]
        starts = [part.start for part in parts]
        durations = [part.duration for part in parts]
        _varint(head, _folded(offsets[0]))
        _varint(head, _folded(starts[0]))
        _pack_gaps(head, offsets, sizes)
        _pack_column(head, sizes)
        _pack_gaps(head, starts, durations)
        _pack_column(head, durations)
    return bytes(head)


def _check(packed: bytes) -> None:
    """Raise Torn unless the bytes unpack to parts whose numbers fit 64 bits.

    Heads of columns say so for all that a camera makes, without a look at their values.
    """
    try:
        if packed[0] != VERSION:
            raise Torn(f"version {packed[0]}")
        count, at = _read_varint(packed, 1)
        if count > MOST:
            raise Torn(f"{count} parts")
        reach = 0
        if count:
            for _ in range(2):
                folded, at = _read_varint(packed, at)
                reach += abs(_unfolded(folded))
            for _ in range(4):
                folded, at = _read_varint(packed, at)
                planes = packed[at]
                at += 1 + planes * count
                reach += count * (abs(_unfolded(folded)) + (1 << 8 * planes))
    except IndexError:
        raise Torn("it ends too early") from None
    if at != len(packed):
        raise Torn(f"{len(packed)} bytes instead of {at}")
    if reach >= _LIMIT:
        _check_each(packed)


def _check_each(packed: bytes) -> None:
    for part in _unpack(packed):
        if not all(-_LIMIT <= value < _LIMIT for value in vars(part).values()):
            raise Torn("a number of more than 64 bits")


def _unpack(packed: bytes) -> tuple[Part, ...]:
    """The parts of bytes that were checked."""
    count, at = _read_varint(packed, 1)
    if not count:
        return ()
    first_byte, at = _read_varint(packed, at)
    first_tick, at = _read_varint(packed, at)
    columns = []
    for _ in range(4):
        column, at = _unpack_column(packed, at, count)
        columns.append(column)
    skipped, sizes, waited, durations = columns
    offsets = _places(_unfolded(first_byte), skipped, sizes)
    starts = _places(_unfolded(first_tick), waited, durations)
    return tuple(
        Part(offset=offset, size=size, start=start, duration=duration)
        for offset, size, start, duration in zip(offsets, sizes, starts, durations, strict=True)
    )


def _places(first: int, before: Sequence[int], lengths: Sequence[int]) -> list[int]:
    steps = [after + length for after, length in zip(before[1:], lengths[:-1], strict=True)]
    return list(accumulate(steps, initial=first + before[0]))


def _pack_gaps(out: bytearray, places: Sequence[int], lengths: Sequence[int]) -> None:
    """What lies between the end of each part and the beginning of the next; none for the first."""
    ends = [*accumulate(lengths, initial=places[0])]
    ends.pop()
    if places == ends:
        out += _NOTHING
    else:
        steps = [
            at - place - length
            for at, place, length in zip(places[1:], places, lengths, strict=False)
        ]
        _pack_column(out, [0, *steps])


def _pack_column(out: bytearray, values: Sequence[int]) -> None:
    least, most = min(values), max(values)
    planes = _bytes(most - least)
    if least >= 0 and _bytes(most) == planes:
        least = 0  # it would save no plane
    _varint(out, _folded(least))
    out.append(planes)
    if not planes:
        return
    above = [value - least for value in values] if least else values
    if planes == 1:
        out += bytes(above)
    elif planes <= _WORD:
        words = array("Q", above)
        if sys.byteorder == "big":
            words.byteswap()
        raw = words.tobytes()
        for plane in range(planes):
            out += raw[plane::_WORD]
    else:  # differences of numbers of 64 bits may take nine bytes
        raw = b"".join(value.to_bytes(planes, "little") for value in above)
        for plane in range(planes):
            out += raw[plane::planes]


def _unpack_column(packed: bytes, at: int, count: int) -> tuple[Sequence[int], int]:
    folded, at = _read_varint(packed, at)
    least = _unfolded(folded)
    planes = packed[at]
    at += 1
    if not planes:
        return [least] * count, at
    end = at + planes * count
    width = max(planes, _WORD)
    raw = bytearray(width * count)
    for plane in range(planes):
        raw[plane::width] = packed[at + plane * count : at + (plane + 1) * count]
    if width > _WORD:
        return [
            least + int.from_bytes(raw[place : place + width], "little")
            for place in range(0, len(raw), width)
        ], end
    words = array("Q", bytes(raw))
    if sys.byteorder == "big":
        words.byteswap()
    return [least + word for word in words], end


def _bytes(value: int) -> int:
    return (value.bit_length() + 7) // 8


def _folded(value: int) -> int:
    """Signs at the low end: 0, -1, 1, -2, … become 0, 1, 2, 3, …"""
    return value * 2 if value >= 0 else -value * 2 - 1


def _unfolded(value: int) -> int:
    return -(value + 1) // 2 if value & 1 else value // 2


def _varint(out: bytearray, value: int) -> None:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _read_varint(packed: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = packed[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 80:
            raise Torn("a number without end")
