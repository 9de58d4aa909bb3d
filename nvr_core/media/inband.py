"""Parameter sets inside the stream: how one track holds video whose settings were changed."""

from __future__ import annotations

from nvr_core.media.boxes import walk
from nvr_core.media.errors import MediaError

_VISUAL_HEAD = 86
"""Bytes of a VisualSampleEntry (ISO/IEC 14496-12, 12.1.3) before the boxes inside it."""
_FREE = {b"avc1": b"avc3", b"hvc1": b"hev1", b"avc3": b"avc3", b"hev1": b"hev1"}


def unbound(entry: bytes) -> bytes:
    """The sample entry that lets parameter sets stand in the samples too: avc3, hev1.

    ISO/IEC 14496-15, 5.4.2 and 8.4.1. MediaError for anything but H.264 and H.265.
    """
    kind = _FREE.get(entry[4:8])
    if kind is None:
        raise MediaError("the stream's settings changed in a way that one file cannot hold")
    return entry[:4] + kind + entry[8:]


def parameter_sets(entry: bytes) -> bytes:
    """The parameter sets of an H.264 or H.265 sample entry, each behind a 4-byte length.

    AVCDecoderConfigurationRecord, HEVCDecoderConfigurationRecord: ISO/IEC 14496-15, 5.3.3 and
    8.3.3. MediaError when the entry is something else or damaged.
    """
    for found in walk(entry, _VISUAL_HEAD):
        record = entry[found.body : found.end]
        try:
            if found.kind == b"avcC":
                units = _avc(record)
            elif found.kind == b"hvcC":
                units = _hevc(record)
            else:
                continue
        except IndexError as error:
            raise MediaError(f"the {found.name} box of the sample entry is cut") from error
        return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    raise MediaError("the sample entry has no avcC or hvcC box")


def _avc(record: bytes) -> list[bytes]:
    units, at = _units(record, 6, record[5] & 31)
    more, _ = _units(record, at + 1, record[at])
    return units + more


def _hevc(record: bytes) -> list[bytes]:
    units: list[bytes] = []
    at = 23
    for _ in range(record[22]):
        more, at = _units(record, at + 3, record[at + 1] << 8 | record[at + 2])
        units += more
    return units


def _units(record: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """`count` NAL units behind 16-bit lengths from byte `at` on, and where they end."""
    units: list[bytes] = []
    for _ in range(count):
        end = at + 2 + (record[at] << 8 | record[at + 1])
        if end > len(record):
            raise IndexError
        units.append(record[at + 2 : end])
        at = end
    return units, at
