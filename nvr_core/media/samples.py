"""The frames of one fragment, read back from its moof."""

from __future__ import annotations

import struct
from typing import NamedTuple

from nvr_core.media import boxes
from nvr_core.media.errors import MediaError

MAX_MOOF = 64 * 1024
"""Bytes; room for more than the MAX_SAMPLES of fragment.py."""


class Sample(NamedTuple):
    """One frame of a fragment; times in ticks on the run's line."""

    dts: int
    pts: int
    duration: int
    key: bool
    offset: int
    """Of its bytes in the file."""
    size: int


def parse_moof(moof: bytes, offset: int) -> list[Sample]:
    """What one moof, which lies at `offset` of the file, says of its frames."""
    traf = boxes.find(moof, b"moof.traf")
    if traf is None:
        raise MediaError(f"the moof at byte {offset} has no traf")
    inside = {b.kind: b for b in boxes.walk(moof, traf.body, traf.end)}
    tfdt, trun = inside.get(b"tfdt"), inside.get(b"trun")
    if tfdt is None or trun is None or tfdt.end - tfdt.body != 12 or trun.end - trun.body < 12:
        raise MediaError(f"the moof at byte {offset} lacks the tfdt or trun that Ronda writes")
    base = struct.unpack_from(">Q", moof, tfdt.body + 4)[0]
    flags, count, data_offset = struct.unpack_from(">IIi", moof, trun.body)
    fields = {0x000701: ">III", 0x01000F01: ">IIIi"}.get(flags)
    if fields is None:
        raise MediaError(f"the trun at byte {offset} has flags {flags:#x} that Ronda never writes")
    if trun.end - trun.body - 12 != count * struct.calcsize(fields):
        raise MediaError(f"the trun of the moof at byte {offset} does not have {count} entries")
    found: list[Sample] = []
    at = offset + data_offset
    dts = base
    for values in struct.iter_unpack(fields, moof[trun.body + 12 : trun.end]):
        duration, size, sample_flags = values[:3]
        shift = values[3] if len(values) == 4 else 0
        found.append(Sample(dts, dts + shift, duration, not sample_flags & 0x10000, at, size))
        at += size
        dts += duration
    return found
