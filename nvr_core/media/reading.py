"""Reading segments back: whole, still growing, torn by a crash, or made by an enemy."""

from __future__ import annotations

import hashlib
import struct
from typing import BinaryIO

from nvr_core.media import boxes
from nvr_core.media.boxes import Box
from nvr_core.media.errors import MediaError
from nvr_core.media.footage import Segment as Segment
from nvr_core.media.footage import WallMark
from nvr_core.media.fragment import wall_of
from nvr_core.media.init import parse as parse_init
from nvr_core.media.samples import MAX_MOOF, parse_moof
from nvr_core.media.samples import Sample as Sample
from nvr_core.media.segment import (
    CLOSING_UUID,
    MAX_PAYLOAD,
    OPENING_UUID,
    UUID_HEAD,
    Closing,
    FragmentEntry,
    Opening,
    parse_closing,
    parse_opening,
)

MAX_INIT = 256 * 1024
MAX_FRAGMENTS = 8192
"""A segment of ours has a few hundred; a minute of key frames only, some thousands."""
MAX_PROBLEMS = 16


def read(file: BinaryIO, *, growing: bool = False) -> Segment:
    """Read the description of a segment: heads only, the frames are skipped.

    growing: somebody writes to the file now, so that a fragment cut at its end is no problem.

    A file that is cut, still growing or damaged at its end is read as far as it is whole and
    says so in `whole` and `problems`. MediaError: not even its head is that of a segment of ours.
    Memory stays below a few MiB whatever the bytes say.
    """
    return _Reader(file, growing).read()


def peek(file: BinaryIO) -> Opening | None:
    """Only the opening: whose footage it is and about when; None when the file has none.

    MediaError: the file is no segment. Costs a few KiB of reading, however long the file is.
    """
    return _Reader(file, growing=True).peek()


def samples(file: BinaryIO, fragment: FragmentEntry) -> list[Sample]:
    """The frames of one fragment that `read` found; MediaError when the file changed since."""
    end = fragment.offset + fragment.size
    prft = boxes.top(file, fragment.offset, end)
    moof = boxes.top(file, prft.end, end) if prft is not None else None
    if moof is None or moof.kind != b"moof":
        raise MediaError(f"there is no fragment at byte {fragment.offset}")
    return parse_moof(boxes.read(file, moof.start, moof.end - moof.start, MAX_MOOF), moof.start)


def verify(file: BinaryIO) -> bool | None:
    """Whether the bytes are those that the closing's hash was made of.

    None: there is no hash, because the file is open or hashing was off.
    """
    segment = read(file)
    if segment.closing is None or not segment.closing.sha256:
        return None
    left = segment.hashed
    digest = hashlib.sha256()
    file.seek(0)
    while left and (chunk := file.read(min(left, 1 << 20))):
        digest.update(chunk)
        left -= len(chunk)
    return not left and digest.hexdigest() == segment.closing.sha256


class _Reader:
    """One pass over the boxes of a file."""

    def __init__(self, file: BinaryIO, growing: bool) -> None:
        self._file = file
        self._growing = growing
        self._size = file.seek(0, 2)
        self._opening: Opening | None = None
        self._closing: Closing | None = None
        self._hashed = 0
        self._end = 0
        self._fragments: list[FragmentEntry] = []
        self._walls: list[WallMark] = []
        self._problems: list[str] = []

    def peek(self) -> Opening | None:
        at = len(self._read_init())
        found = boxes.top(self._file, at, self._size)
        if found is not None and found.kind == b"uuid":
            self._read_uuid(found)
        return self._opening

    def read(self) -> Segment:
        init_bytes = self._read_init()
        track = parse_init(init_bytes)
        self._end = len(init_bytes)
        try:
            whole = self._follow(self._end)
        except (MediaError, struct.error) as error:
            whole = self._end
            self._problems.append(f"damaged from byte {whole} on: {error}")
        else:
            if whole < self._size and self._closing is None and not self._growing:
                self._problems.append(f"the last {self._size - whole} bytes are no whole fragment")
        if self._opening is None:
            self._problems.append("the opening box is missing: camera and time are not known")
        return Segment(
            init=init_bytes,
            track=track,
            opening=self._opening,
            fragments=tuple(self._fragments),
            walls=tuple(self._walls),
            closing=self._closing,
            hashed=self._hashed,
            whole=whole,
            size=self._size,
            problems=tuple(self._problems),
        )

    def _read_init(self) -> bytes:
        ftyp = boxes.top(self._file, 0, self._size)
        if ftyp is None or ftyp.kind != b"ftyp":
            raise MediaError("the file does not begin with a whole ftyp box: not a segment")
        moov = boxes.top(self._file, ftyp.end, self._size)
        if moov is None or moov.kind != b"moov":
            raise MediaError("no whole moov box follows ftyp: not a segment, or cut in its head")
        return boxes.read(self._file, 0, moov.end, MAX_INIT)

    def _follow(self, at: int) -> int:
        """Read box by box; the end of the last whole thing."""
        while at < self._size:
            found = boxes.top(self._file, at, self._size)
            if found is None:
                break
            at = found.end
            if found.kind == b"uuid":
                self._read_uuid(found)
                if self._closing is not None:
                    return self._read_index(at)
                self._end = at
            elif found.kind == b"prft":
                end = self._read_fragment(found)
                if end is None:
                    break
                self._end = at = end
            else:
                raise MediaError(f"a {found.name} box at byte {found.start} belongs to no segment")
        return self._end

    def _read_uuid(self, found: Box) -> None:
        content = boxes.read(
            self._file, found.body, found.end - found.body, MAX_PAYLOAD + UUID_HEAD
        )
        name, payload = content[:16], content[16:]
        if name == OPENING_UUID.bytes and self._opening is None and not self._fragments:
            self._opening = parse_opening(payload)
        elif name == CLOSING_UUID.bytes:
            self._closing = parse_closing(payload)
            self._hashed = found.start
        else:
            raise MediaError(f"the uuid box at byte {found.start} is not expected there")

    def _read_index(self, at: int) -> int:
        index = boxes.top(self._file, at, self._size)
        frames = sum(f.frames for f in self._fragments)
        said = self._closing.frames if self._closing is not None else frames
        if said != frames:
            self._problems.append(f"the closing box counts {said} frames, the file holds {frames}")
        if index is None or index.kind != b"mfra":
            self._problems.append("the index (mfra) at the end is missing or cut")
            return at
        if index.end < self._size:
            self._problems.append(f"{self._size - index.end} bytes follow the end of the segment")
        return index.end

    def _read_fragment(self, prft: Box) -> int | None:
        """The end of the fragment, or None when the file ends before it does."""
        moof = boxes.top(self._file, prft.end, self._size)
        mdat = boxes.top(self._file, moof.end, self._size) if moof is not None else None
        if moof is None or mdat is None:
            return None
        if prft.end - prft.start != 32 or moof.kind != b"moof" or mdat.kind != b"mdat":
            raise MediaError(f"no prft, moof and mdat follow each other at byte {prft.start}")
        if len(self._fragments) == MAX_FRAGMENTS:
            raise MediaError(f"more than {MAX_FRAGMENTS} fragments")
        _, track_id, ntp, ticks = struct.unpack(
            ">IIQQ", boxes.read(self._file, prft.body, prft.end - prft.body, 24)
        )
        head = boxes.read(self._file, moof.start, moof.end - moof.start, MAX_MOOF)
        frames = parse_moof(head, moof.start)
        if track_id != 1 or not frames:
            raise MediaError(f"the fragment at byte {prft.start} holds no frame of track 1")
        at = mdat.body
        for frame in frames:
            if frame.offset != at:
                raise MediaError(f"a frame at byte {frame.offset} where byte {at} is expected")
            at += frame.size
        if at != mdat.end:
            raise MediaError(f"the frames end at byte {at}, their mdat ends at {mdat.end}")
        first, last = frames[0], frames[-1]
        if self._fragments:
            before = self._fragments[-1].start + self._fragments[-1].duration
            if first.dts != before and len(self._problems) < MAX_PROBLEMS:
                self._problems.append(
                    f"the fragment at byte {prft.start} begins at tick {first.dts}, "
                    f"the one before ends at {before}"
                )
        self._fragments.append(
            FragmentEntry(
                offset=prft.start,
                size=mdat.end - prft.start,
                start=first.dts,
                duration=last.dts + last.duration - first.dts,
                key=first.key,
                frames=len(frames),
                shift=first.pts - first.dts,
            )
        )
        self._walls.append(WallMark(wall_of(ntp), ticks))
        return mdat.end
