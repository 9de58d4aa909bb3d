"""Sample entries: what stands in stsd for each codec (ISO/IEC 14496-12, 8.5.2 and 12)."""

from __future__ import annotations

import struct

from nvr_core.media.boxes import box


def visual(
    kind: bytes, width: int, height: int, config: bytes, aspect: tuple[int, int] = (1, 1)
) -> bytes:
    """A VisualSampleEntry (12.1.3) around a config box; aspect adds pasp unless square (12.1.4).

    width, height: pixels shown. Raises nothing for 0..65535.
    """
    head = struct.pack(
        ">6xH16xHHIIIH32xHh", 1, width, height, 0x00480000, 0x00480000, 0, 1, 0x0018, -1
    )
    children = [config]
    if aspect[0] != aspect[1] and all(aspect):
        children.append(box(b"pasp", struct.pack(">II", *aspect)))
    return box(kind, head, *children)


def audio(kind: bytes, channels: int, sample_rate: int, *children: bytes) -> bytes:
    """An AudioSampleEntry (12.2.3) of 16 bits a sample; rates that do not fit are written as 0."""
    rate = sample_rate if sample_rate < 65536 else 0
    return box(kind, struct.pack(">6xH8xHH4xI", 1, channels, 16, rate << 16), *children)
