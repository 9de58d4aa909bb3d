"""How codecs frame their units outside of RTP: start codes, lengths, ADTS, and config records."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from nvr_core.media.bits import START_CODE
from nvr_core.media.errors import MediaError, UnsupportedMedia

ADTS_SYNC = 0xFFF


def annex_b(data: bytes) -> list[bytes]:
    """Units between start codes (ITU-T H.264 and H.265, annex B)."""
    return [unit for piece in data.split(START_CODE) if (unit := piece.rstrip(b"\0"))]


def length_prefixed(data: bytes, size: int) -> Iterator[bytes]:
    """Units behind lengths of `size` bytes (ISO/IEC 14496-15); one that is cut ends it."""
    at = 0
    while at + size < len(data):
        length = int.from_bytes(data[at : at + size], "big")
        at += size
        if at + length > len(data):
            return
        yield data[at : at + length]
        at += length


def avcc(record: bytes) -> tuple[int, list[bytes]]:
    """(length size, parameter sets) of an avcC (ISO/IEC 14496-15, 5.3.3.1.2)."""
    try:
        units: list[bytes] = []
        at = 5
        for mask in (0x1F, 0xFF):
            count, at = record[at] & mask, at + 1
            for _ in range(count):
                unit, at = _set(record, at)
                units.append(unit)
        return (record[4] & 3) + 1, units
    except (IndexError, struct.error):
        raise MediaError(f"the feed's avcC of {len(record)} bytes is cut") from None


def hvcc(record: bytes) -> tuple[int, list[bytes]]:
    """(length size, parameter sets) of an hvcC (ISO/IEC 14496-15, 8.3.3.1.2)."""
    try:
        units: list[bytes] = []
        at = 23
        for _ in range(record[22]):
            count = struct.unpack_from(">H", record, at + 1)[0]
            at += 3
            for _ in range(count):
                unit, at = _set(record, at)
                units.append(unit)
        return (record[21] & 3) + 1, units
    except (IndexError, struct.error):
        raise MediaError(f"the feed's hvcC of {len(record)} bytes is cut") from None


def _set(record: bytes, at: int) -> tuple[bytes, int]:
    """One parameter set behind its two bytes of length, and where it ends."""
    size: int = struct.unpack_from(">H", record, at)[0]
    at += 2
    if at + size > len(record):
        raise IndexError
    return record[at : at + size], at + size


def is_adts(data: bytes) -> bool:
    """Whether the packet is ADTS (ISO/IEC 14496-3, 1.A.2.2.1): layer 0 behind the sync word."""
    return len(data) > 7 and data[0] << 4 | data[1] >> 4 == ADTS_SYNC and not data[1] & 6


def adts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(raw frame, AudioSpecificConfig) of each ADTS frame; one that is cut ends it.

    Raises UnsupportedMedia for several raw data blocks in one frame, which nobody sends.
    """
    at = 0
    while is_adts(data[at : at + 8]):
        head = data[at : at + 7]
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        body = at + (7 if head[1] & 1 else 9)
        if size < body - at or at + size > len(data):
            return
        if head[6] & 3:
            raise UnsupportedMedia("the feed packs several AAC blocks in a frame: choose G.711")
        object_type, rate = (head[2] >> 6) + 1, head[2] >> 2 & 0xF
        channels = (head[2] & 1) << 2 | head[3] >> 6
        yield (
            data[body : at + size],
            struct.pack(">H", object_type << 11 | rate << 7 | channels << 3),
        )
        at += size
