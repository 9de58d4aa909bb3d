"""What an H.264 stream is, read from its parameter sets (ITU-T H.264, 7.3.2 and annex E)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nvr_core.media import sample_entry
from nvr_core.media.bits import BitReader, escaped_size, unescape
from nvr_core.media.boxes import box
from nvr_core.media.errors import MediaError
from nvr_core.media.track import TrackConfig
from nvr_core.media.vui import read_h264

SPS, PPS = 7, 8
TIMESCALE = 90000
"""RTP clock of video (RFC 6184, 8.2.1)."""

SET_LIMIT = 4096
"""Bytes a parameter set may have; real ones have some dozens."""

MOST_PPS = 255
"""avcC counts them in one byte."""

SIDE_LIMIT = 16384
"""Pixels a side may have; level 6.2 ends at 16 K."""

_WITH_CHROMA = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
"""Profiles whose SPS names chroma format and bit depths (7.3.2.1.1)."""

_NO_REORDERING = frozenset((66,))
"""Baseline has no B slices."""


@dataclass(frozen=True, kw_only=True)
class Sps:
    """A sequence parameter set, as far as a recorder cares."""

    number: int
    """seq_parameter_set_id."""
    profile: int
    constraints: int
    """The byte between profile and level."""
    level: int
    width: int
    """Pixels shown, after cropping."""
    height: int
    chroma_format: int
    luma_depth: int
    chroma_depth: int
    reorder_depth: int
    """Frames that may be shown later than decoded; 0 also when the stream does not say."""
    frame_ticks: int
    """Nominal frame duration in 1/90000 s, 0 when the stream does not say."""
    aspect: tuple[int, int]
    """Shape of a pixel, width to height."""
    size: int
    """Bytes of the NAL unit that belong to it; some cameras send others behind."""


@dataclass(frozen=True, kw_only=True)
class Pps:
    """A picture parameter set: which one it is, and of which SPS."""

    number: int
    sps: int


def trim(nal: bytes) -> bytes:
    """An SPS or PPS without what some cameras append. Raises MediaError when it is neither."""
    nal = nal.rstrip(b"\0")  # a NAL unit never ends in a zero byte (7.4.1)
    return nal[: parse_sps(nal).size] if nal and nal[0] & 0x1F == SPS else nal


def parse_sps(nal: bytes) -> Sps:
    """Read an SPS NAL unit, header included. Raises MediaError when no picture size comes of it.

    Bytes behind its end are ignored, and so is a VUI that breaks off.
    """
    bits = _open(nal, SPS, "SPS")
    profile, constraints, level = bits.read(8), bits.read(8), bits.read(8)
    number = bits.unsigned(31)
    chroma_format, luma_depth, chroma_depth, planes = 1, 8, 8, False
    if profile in _WITH_CHROMA:
        chroma_format = bits.unsigned(3)
        planes = bits.flag() if chroma_format == 3 else False
        luma_depth, chroma_depth = 8 + bits.unsigned(6), 8 + bits.unsigned(6)
        bits.skip(1)
        if bits.flag():
            for index in range(8 if chroma_format != 3 else 12):
                if bits.flag():
                    _skip_scaling_list(bits, 16 if index < 6 else 64)
    bits.unsigned(12)
    order_type = _skip_picture_order(bits)
    bits.unsigned(16)
    bits.skip(1)
    columns, rows = bits.unsigned(SIDE_LIMIT // 16) + 1, bits.unsigned(SIDE_LIMIT // 16) + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.skip(1)
        rows *= 2
    bits.skip(1)
    width, height = 16 * columns, 16 * rows
    if bits.flag():
        flat = chroma_format == 0 or planes
        across = 1 if flat or chroma_format == 3 else 2
        down = (2 if not flat and chroma_format == 1 else 1) * (1 if frames_only else 2)
        width -= across * (bits.unsigned() + bits.unsigned())
        height -= down * (bits.unsigned() + bits.unsigned())
    if not (0 < width <= SIDE_LIMIT and 0 < height <= SIDE_LIMIT):
        raise MediaError(f"the SPS says a picture of {width}x{height}; at least 1x1 is right")
    vui = read_h264(bits)
    reorder = vui.reorder_depth
    if reorder is None or profile in _NO_REORDERING or order_type == 2:
        reorder = 0
    return Sps(
        number=number,
        profile=profile,
        constraints=constraints,
        level=level,
        width=width,
        height=height,
        chroma_format=chroma_format,
        luma_depth=luma_depth,
        chroma_depth=chroma_depth,
        reorder_depth=reorder,
        frame_ticks=vui.ticks(TIMESCALE),
        aspect=vui.shape,
        size=len(nal) if vui.broken else _size(nal, bits),
    )


def parse_pps(nal: bytes) -> Pps:
    """Read the numbers of a PPS NAL unit. Raises MediaError."""
    bits = _open(nal, PPS, "PPS")
    return Pps(number=bits.unsigned(255), sps=bits.unsigned(31))


def config(sps: bytes, pps: bytes, *more: bytes) -> TrackConfig:
    """The track that these NAL units describe; more: further PPS in use. Raises MediaError."""
    sps, every = trim(sps), [trim(unit) for unit in (pps, *more)]
    parsed = parse_sps(sps)
    for unit in every:
        parse_pps(unit)
    if len(every) > MOST_PPS:
        raise MediaError(f"{len(every)} PPS in one config; {MOST_PPS} is the limit")
    record = struct.pack(
        ">BBBBBBH", 1, parsed.profile, parsed.constraints, parsed.level, 0xFF, 0xE1, len(sps)
    )
    record += sps + bytes([len(every)])
    record += b"".join(struct.pack(">H", len(unit)) + unit for unit in every)
    if parsed.profile not in (66, 77, 88):
        # ISO/IEC 14496-15, 5.3.3.1.2: all but Baseline, Main and Extended carry four more bytes.
        record += bytes(
            (
                0xFC | parsed.chroma_format,
                0xF8 | (parsed.luma_depth - 8),
                0xF8 | (parsed.chroma_depth - 8),
                0,
            )
        )
    return TrackConfig(
        codec="h264",
        timescale=TIMESCALE,
        codec_string=f"avc1.{parsed.profile:02x}{parsed.constraints:02x}{parsed.level:02x}",
        sample_entry=sample_entry.visual(
            b"avc1",
            parsed.width,
            parsed.height,
            box(b"avcC", record),
            parsed.aspect,
        ),
        width=parsed.width,
        height=parsed.height,
        reorder_depth=parsed.reorder_depth,
        frame_ticks=parsed.frame_ticks,
    )


def _open(nal: bytes, kind: int, name: str) -> BitReader:
    if not nal or nal[0] & 0x1F != kind:
        raise MediaError(f"NAL unit of type {nal[0] & 0x1F if nal else 'none'} is no {name}")
    if len(nal) > SET_LIMIT:
        raise MediaError(f"{name} of {len(nal)} bytes; {SET_LIMIT} is the limit")
    return BitReader(unescape(nal[1:]), name)


def _size(nal: bytes, bits: BitReader) -> int:
    """Where the SPS ends, if the bits behind its last field are those that end one (7.3.2.11)."""
    ahead = bits.left % 8 or 8
    if bits.left < ahead or bits.read(ahead) != 1 << (ahead - 1):
        return len(nal)
    return escaped_size(nal, len(unescape(nal)) - bits.left // 8)


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """7.3.2.1.1.1: as many deltas as it takes until one says 'the rest repeats'."""
    last = 8
    for _ in range(size):
        last = (last + bits.signed()) % 256
        if last == 0:
            break


def _skip_picture_order(bits: BitReader) -> int:
    order_type = bits.unsigned(2)
    if order_type == 0:
        bits.unsigned(12)
    elif order_type == 1:
        bits.skip(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned(255)):
            bits.signed()
    return order_type
