"""The head of a fragment, built once for every half second of every stream: the hot path."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from nvr_core.media.errors import MediaError

KEY = 0x02000000
"""Sample flags (ISO/IEC 14496-12, 8.8.3.1): depends on no other, a sync sample."""
DELTA = 0x01010000
"""Depends on others, not a sync sample."""
MAX_SAMPLES = 4000
"""Frames of one fragment: what a reader of ours accepts. Half a second holds 60 or fewer."""
PRFT_SIZE = 32
"""Bytes of the `prft` box that precedes every `moof`."""

_NTP_EPOCH_US = 2_208_988_800_000_000
_ERA_US = (1 << 32) * 1_000_000
_CAPTURED = 24
"""8.16.5: the wall time is consistent with, and close to, the moment that is shown."""
_FIXED = 32 + 8 + 16 + 8 + 16 + 20 + 20
_PLAIN_FLAGS = 0x000701
_OFFSET_FLAGS = 0x01000F01
_plain: dict[int, struct.Struct] = {}
_offset: dict[int, struct.Struct] = {}


def _layout(count: int, fields: str) -> struct.Struct:
    """prft, moof(mfhd, traf(tfhd, tfdt, trun with `count` samples)) and the head of mdat."""
    return struct.Struct(
        ">I4sIIQQ"  # prft, version 1
        "I4sI4sII"  # moof, mfhd
        "I4sI4sII"  # traf, tfhd
        "I4sIQ"  # tfdt, version 1
        "I4sIIi" + fields * count + "I4s"  # trun, mdat
    )


def head(
    sequence: int,
    base: int,
    samples: Sequence[tuple[int, int, int, int]],
    wall_us: int,
    wall_ticks: int,
) -> bytes:
    """Everything of a fragment but its samples: `prft`, `moof` and the 8-byte head of `mdat`.

    sequence: number of the fragment, from 1 (mfhd, 8.8.5). base: decode time of the first
    sample in ticks, not negative (tfdt version 1, 8.8.12). samples: (duration in ticks, size in
    bytes, KEY or DELTA, presentation minus decode time in ticks) each (trun version 1, 8.8.8;
    the offsets are left out when all are 0). wall_us: UTC of the media time wall_ticks (prft
    version 1, 8.16.5). MediaError when a value does not fit its field.
    """
    count = len(samples)
    if count > MAX_SAMPLES:
        raise MediaError(f"{count} frames in one fragment, at most {MAX_SAMPLES} are written")
    size = 8
    offsets = 0
    for sample in samples:
        size += sample[1]
        offsets |= sample[3]
    values: list[int] = []
    if offsets:
        for sample in samples:
            values += sample
        moof = _FIXED - PRFT_SIZE + 16 * count
        trun = 20 + 16 * count
        flags = _OFFSET_FLAGS
        layout = _offset.get(count)
        if layout is None:
            layout = _layout(count, "IIIi")
            if count < 256:
                _offset[count] = layout
    else:
        for sample in samples:
            values += sample[:3]
        moof = _FIXED - PRFT_SIZE + 12 * count
        trun = 20 + 12 * count
        flags = _PLAIN_FLAGS
        layout = _plain.get(count)
        if layout is None:
            layout = _layout(count, "III")
            if count < 256:
                _plain[count] = layout
    ntp = (((wall_us + _NTP_EPOCH_US) << 32) // 1_000_000) & 0xFFFFFFFFFFFFFFFF
    try:
        return layout.pack(
            PRFT_SIZE, b"prft", 0x01000000 | _CAPTURED, 1, ntp, wall_ticks,
            moof, b"moof", 16, b"mfhd", 0, sequence,
            moof - 24, b"traf", 16, b"tfhd", 0x020000, 1,
            20, b"tfdt", 0x01000000, base,
            trun, b"trun", flags, count, moof + 8, *values,
            size, b"mdat",
        )  # fmt: skip
    except struct.error as error:
        raise MediaError(
            f"fragment {sequence} with {count} samples and {size} bytes from tick {base} "
            f"does not fit the fields of its boxes: {error}"
        ) from error


def wall_of(ntp: int) -> int:
    """UTC in µs of a 64-bit NTP time; times before 1968 are read as the era after 2036."""
    wall = ((ntp * 1_000_000 + (1 << 31)) >> 32) - _NTP_EPOCH_US
    return wall if ntp >> 63 else wall + _ERA_US
