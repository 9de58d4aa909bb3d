"""The grammar of MP4: how a box is written, and how foreign bytes are walked without trust."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from nvr_core.media.errors import MediaError

_HEAD = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")
PARENTS = frozenset(
    (
        b"moov",
        b"trak",
        b"edts",
        b"mdia",
        b"minf",
        b"dinf",
        b"stbl",
        b"mvex",
        b"moof",
        b"traf",
        b"mfra",
    )
)


class Box(NamedTuple):
    """Where one box lies: the whole box is [start, end), its content [body, end)."""

    kind: bytes
    start: int
    body: int
    end: int

    @property
    def name(self) -> str:
        """The four characters, fit to be printed."""
        return "".join(chr(c) if 32 <= c < 127 else "?" for c in self.kind)

    def moved(self, by: int) -> Box:
        """The same box `by` bytes further on."""
        return Box(self.kind, self.start + by, self.body + by, self.end + by)


def box(kind: bytes, *content: bytes) -> bytes:
    """One box (ISO/IEC 14496-12, 4.2) around what is given."""
    body = b"".join(content)
    return _HEAD.pack(8 + len(body), kind) + body


def full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    """One box with version and flags (ISO/IEC 14496-12, 4.2, FullBox)."""
    return box(kind, (version << 24 | flags).to_bytes(4, "big"), *content)


def header(head: bytes, start: int, limit: int) -> Box | None:
    """Read the up to 16 bytes at `start` of something that ends at `limit`.

    None: the box is cut, its head or its end lies beyond `limit`. MediaError: no box begins so.
    """
    if len(head) < 8:
        return None
    size, kind = _HEAD.unpack_from(head)
    body = start + 8
    if size == 1:
        if len(head) < 16:
            return None
        size = _LARGE.unpack_from(head, 8)[0]
        body = start + 16
    elif size == 0:
        size = limit - start
    if start + size < body:
        raise MediaError(f"the box at byte {start} claims a size of {size}, less than its own head")
    return Box(kind, start, body, start + size) if start + size <= limit else None


def walk(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that lie side by side in data[start:end]; MediaError when they do not add up."""
    end = len(data) if end is None else end
    while start < end:
        found = header(data[start : min(start + 16, end)], start, end)
        if found is None:
            raise MediaError(
                f"the box at byte {start} reaches beyond its parent, which ends at {end}"
            )
        yield found
        start = found.end


def find(data: bytes, path: bytes, start: int = 0, end: int | None = None) -> Box | None:
    """The first box at a path such as b"moov.trak.mdia", or None."""
    found: Box | None = None
    for kind in path.split(b"."):
        found = next((b for b in walk(data, start, end) if b.kind == kind), None)
        if found is None:
            return None
        start, end = found.body, found.end
    return found


def read(file: BinaryIO, start: int, size: int, bound: int) -> bytes:
    """Exactly `size` bytes at `start`; MediaError when they are more than `bound` or not there."""
    if size > bound:
        raise MediaError(f"{size} bytes at byte {start} where at most {bound} are accepted")
    file.seek(start)
    got = file.read(size)
    if len(got) < size:
        raise MediaError(
            f"the file ends at byte {start + len(got)}, {size - len(got)} bytes too soon"
        )
    return got


def top(file: BinaryIO, start: int, limit: int) -> Box | None:
    """The box that begins at `start` of a file of `limit` bytes; None when it is cut."""
    file.seek(start)
    return header(file.read(min(16, limit - start)), start, limit)


def tree(
    data: bytes, start: int = 0, end: int | None = None, depth: int = 0
) -> Iterator[tuple[int, Box]]:
    """Every box of data[start:end] with its depth, parents before children."""
    for found in walk(data, start, end):
        yield depth, found
        if found.kind in PARENTS and depth < 8:
            yield from tree(data, found.body, found.end, depth + 1)
