"""Which fragments of a file that a power cut ended are really there."""

from __future__ import annotations

from typing import BinaryIO

from nvr_core.media.reading import Segment

HOLE = bytes(512)
"""A sector of zeros. A file system may keep a file's length and lose its last pages; coded video
never holds four zero bytes in a row but around a length prefix (ISO/IEC 14496-10, 7.4.1:
emulation prevention), nor do AAC or G.711 frames hold a sector of them."""

CHUNK = 1 << 20


def whole_fragments(file: BinaryIO, segment: Segment) -> int:
    """How many of the segment's fragments, from the first on, hold no such hole."""
    for count, fragment in enumerate(segment.fragments):
        if has_hole(file, fragment.offset, fragment.size):
            return count
    return len(segment.fragments)


def has_hole(file: BinaryIO, offset: int, size: int) -> bool:
    """True when a sector of zeros, or the end of the file, lies within these bytes."""
    file.seek(offset)
    before = b""
    while size:
        piece = file.read(min(CHUNK, size))
        if not piece or HOLE in before + piece:
            return True
        before = piece[-len(HOLE) :]
        size -= len(piece)
    return False
