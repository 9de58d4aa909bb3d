"""A segment's key-frame index in few bytes: pure, and any list of parts comes back as it was.

Where one part ends the next one nearly always begins, so it is the differences that are stored:

    version, count, then four columns: gap before each part in bytes, size, gap before each part in
    ticks, duration.

A column is its least value (a varint) and, for what each value has above it, whole planes: all
lowest bytes, then all second bytes, … A plane of zeros is left out. Gaps are zero and durations
nearly equal, so a part costs three bytes of size and none to two of duration; and planes are cut
and joined by slices, without a loop over parts.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate

from nvr_core.state.errors import StateError
from nvr_core.wire.facts import Part

VERSION = 1
MOST = 1 << 18
"""More parts than the longest line of a journal can name."""
_NOTHING = bytes(2)
"""A column of zeros: least value 0, no planes."""
_WORD = 8
"""Bytes of a value before planes are left out."""


class Torn(StateError):
    """Bytes that are no packed parts: the database is damaged."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the key-frame index of a segment is damaged ({why}); "
            "run check, which reads it from the file again"
        )


def pack(parts: Sequence[Part]) -> bytes:
    """The parts in file order. 60 of them take about 250 bytes.

    Values are whole numbers of 64 bits with a sign, as they cross the wire.
    """
    head = bytearray((VERSION,))
    _varint(head, len(parts))
    if parts:
        # Comprehensions: this is most of what a segment costs, and nothing else is faster.
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


def unpack(packed: bytes) -> tuple[Part, ...]:
    """The parts as they were. Raises Torn."""
    try:
        return _unpack(packed)
    except (IndexError, ValueError, OverflowError) as error:
        raise Torn(str(error)) from None


def _unpack(packed: bytes) -> tuple[Part, ...]:
    if packed[0] != VERSION:
        raise ValueError(f"version {packed[0]}")
    count, at = _read_varint(packed, 1)
    if not count:
        return ()
    if count > MOST:
        raise ValueError(f"{count} parts")
    first_byte, at = _read_varint(packed, at)
    first_tick, at = _read_varint(packed, at)
    columns = []
    for _ in range(4):
        column, at = _unpack_column(packed, at, count)
        columns.append(column)
    if at != len(packed):
        raise ValueError(f"{len(packed) - at} bytes too many")
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
    if end > len(packed):
        raise ValueError("it ends too early")
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
            raise ValueError("a number without end")
