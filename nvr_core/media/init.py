"""The head of a segment: what a player must know of a track before its first fragment."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nvr_core.media.boxes import box, find, full, walk
from nvr_core.media.errors import MediaError
from nvr_core.media.track import TrackConfig

BRANDS = box(b"ftyp", b"iso6", bytes(4), b"iso6", b"isom", b"mp41")
"""4.3: iso6 promises signed composition offsets, offsets relative to moof, and prft."""
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
UNDETERMINED = 0x55C4
"""Language "und", three letters of five bits (8.4.2)."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """What an init segment says of its one track."""

    timescale: int
    handler: bytes
    """vide or soun (8.4.3)."""
    sample_entry: bytes
    """The whole sample entry box (8.5.2)."""
    width: int
    height: int

    @property
    def video(self) -> bool:
        return self.handler == b"vide"

    @property
    def length_prefixed(self) -> bool:
        """Samples are NAL units behind 4-byte lengths (ISO/IEC 14496-15)."""
        return self.sample_entry[4:8] in (b"avc1", b"hvc1", b"avc3", b"hev1")


def init_segment(config: TrackConfig) -> bytes:
    """`ftyp` and `moov` for one track of fragments (ISO/IEC 14496-12, 8.1 to 8.8).

    Deterministic: equal configs give equal bytes, so that browsers cache one init for many
    segments. Times of creation are left 0; the wall time stands in the boxes of segment.py.
    """
    handler = b"vide" if config.video else b"soun"
    track = Track(
        timescale=config.timescale,
        handler=handler,
        sample_entry=config.sample_entry,
        width=config.width,
        height=config.height,
    )
    no_samples = [
        full(b"stts", 0, 0, bytes(4)),
        full(b"stsc", 0, 0, bytes(4)),
        full(b"stsz", 0, 0, bytes(8)),
        full(b"stco", 0, 0, bytes(4)),
    ]
    moov = box(
        b"moov",
        movie_header(config.timescale, 0),
        box(b"trak", track_header(track, 0), media(track, 0, [config.sample_entry], no_samples)),
        box(b"mvex", full(b"trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0))),
    )
    return BRANDS + moov


def movie_header(timescale: int, duration: int, created: int = 0) -> bytes:
    """`mvhd` version 1 (8.2.2), the next track being number 2; created: seconds since 1904."""
    return full(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQ", created, created, timescale, duration),
        struct.pack(">IHHQ", 0x10000, 0x100, 0, 0),
        MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )


def track_header(track: Track, duration: int, created: int = 0) -> bytes:
    """`tkhd` version 1 (8.3.2) of track 1, enabled and in the movie; duration in movie ticks."""
    volume = 0 if track.video else 0x100
    return full(
        b"tkhd",
        1,
        3,
        struct.pack(">QQIIQ", created, created, 1, 0, duration),
        struct.pack(">QHHHH", 0, 0, 0, volume, 0),
        MATRIX,
        struct.pack(">II", track.width << 16, track.height << 16),
    )


def media(track: Track, duration: int, entries: list[bytes], tables: list[bytes]) -> bytes:
    """`mdia` (8.4): the sample entries and the sample tables of the track."""
    head = (
        full(b"vmhd", 0, 1, bytes(8)) if track.video else full(b"smhd", 0, 0, bytes(4))
    )  # 12.1.2, 12.2.2
    return box(
        b"mdia",
        full(
            b"mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, track.timescale, duration, UNDETERMINED, 0)
        ),
        full(b"hdlr", 0, 0, bytes(4), track.handler, bytes(12), b"Ronda\0"),
        box(
            b"minf",
            head,
            box(b"dinf", full(b"dref", 0, 0, struct.pack(">I", 1), full(b"url ", 0, 1))),
            box(
                b"stbl",
                full(b"stsd", 0, 0, struct.pack(">I", len(entries)), *entries),
                *tables,
            ),
        ),
    )


def parse(init: bytes) -> Track:
    """Read back what `init_segment` wrote; MediaError in a sentence when it is something else."""
    if find(init, b"moov.mvex") is None:
        raise MediaError("the file is a plain MP4 or cut in its head, no segment of Ronda's")
    trak = _must(init, b"moov.trak")
    header = init[trak[0] : trak[1]]
    mdhd = _content(header, b"mdia.mdhd")
    if len(mdhd) < 36 or mdhd[0] != 1:
        raise MediaError("the media header (mdhd) is not the version 1 that Ronda writes")
    timescale = int.from_bytes(mdhd[20:24], "big")
    if timescale == 0:
        raise MediaError("the media header (mdhd) has a timescale of 0")
    handler = _content(header, b"mdia.hdlr")[8:12]
    if handler not in (b"vide", b"soun"):
        raise MediaError(f"the track holds {handler!r}, neither video nor sound")
    tkhd = _content(header, b"tkhd")
    width, height = (0, 0)
    if len(tkhd) >= 96 and tkhd[0] == 1:
        width, height = (v >> 16 for v in struct.unpack_from(">II", tkhd, 88))
    stsd = _content(header, b"mdia.minf.stbl.stsd")
    entry = next(walk(stsd, 8), None) if len(stsd) > 8 else None
    if entry is None:
        raise MediaError("the sample description (stsd) is empty")
    return Track(
        timescale=timescale,
        handler=handler,
        sample_entry=stsd[entry.start : entry.end],
        width=width,
        height=height,
    )


def _must(data: bytes, path: bytes) -> tuple[int, int]:
    found = find(data, path)
    if found is None:
        raise MediaError(f"the head of the file has no {path.decode()} box")
    return found.body, found.end


def _content(data: bytes, path: bytes) -> bytes:
    start, end = _must(data, path)
    return data[start:end]
