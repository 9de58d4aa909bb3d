"""The two lists inside an H.265 SPS that must be read to find what stands behind them."""

from __future__ import annotations

from nvr_core.media.bits import BitReader
from nvr_core.media.errors import MediaError

MOST_SETS = 64
MOST_PICTURES = 16


def skip_scaling_lists(bits: BitReader) -> None:
    """Pass over scaling_list_data() (ITU-T H.265, 7.3.4)."""
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not bits.flag():
                bits.unsigned()
                continue
            if size > 1:
                bits.signed()
            for _ in range(min(64, 1 << (4 + (size << 1)))):
                bits.signed()


def skip_reference_sets(bits: BitReader) -> None:
    """Pass over every st_ref_pic_set() (7.3.7), which may each build on the one before."""
    pictures = 0
    for index in range(bits.unsigned(MOST_SETS)):
        if index and bits.flag():
            bits.skip(1)
            bits.unsigned()
            kept = 0
            for _ in range(pictures + 1):
                used = bits.flag()
                if used or bits.flag():
                    kept += 1
            pictures = kept
        else:
            pictures = bits.unsigned(MOST_PICTURES) + bits.unsigned(MOST_PICTURES)
            for _ in range(pictures):
                bits.unsigned()
                bits.skip(1)
        if pictures > 2 * MOST_PICTURES:
            raise MediaError(f"the SPS refers to {pictures} pictures at once")
