"""What an H.265 stream is, read from its parameter sets (ITU-T H.265, 7.3.2 and annex E)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nvr_core.media import sample_entry
from nvr_core.media.bits import BitReader, unescape
from nvr_core.media.boxes import box
from nvr_core.media.errors import MediaError
from nvr_core.media.h265_lists import skip_reference_sets, skip_scaling_lists
from nvr_core.media.track import TrackConfig
from nvr_core.media.vui import Vui, read_h265

VPS, SPS, PPS = 32, 33, 34
TIMESCALE = 90000
"""RTP clock of video (RFC 7798, 7.1)."""

SET_LIMIT = 4096
"""Bytes a parameter set may have; real ones have some dozens."""

SIDE_LIMIT = 16384
"""Pixels a side may have."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """profile_tier_level() (7.3.3)."""

    space: int
    tier: int
    number: int
    compatibility: int
    """32 flags."""
    constraints: int
    """48 flags."""
    level: int


@dataclass(frozen=True, kw_only=True)
class Sps:
    """A sequence parameter set, as far as a recorder cares."""

    number: int
    profile: Profile
    layers: int
    """Temporal layers."""
    nested: bool
    width: int
    """Pixels shown, after cropping."""
    height: int
    chroma_format: int
    luma_depth: int
    chroma_depth: int
    reorder_depth: int
    """sps_max_num_reorder_pics of the highest layer."""
    frame_ticks: int
    """Nominal frame duration in 1/90000 s, 0 when the stream does not say."""
    aspect: tuple[int, int]


def trim(nal: bytes) -> bytes:
    """A parameter set without the zero bytes that some cameras append (7.4.2)."""
    return nal.rstrip(b"\0")


def parse_vps(nal: bytes) -> int:
    """vps_video_parameter_set_id of a VPS NAL unit. Raises MediaError."""
    return _open(nal, VPS, "VPS").read(4)


def parse_pps(nal: bytes) -> tuple[int, int]:
    """(pps id, sps id) of a PPS NAL unit. Raises MediaError."""
    bits = _open(nal, PPS, "PPS")
    return bits.unsigned(63), bits.unsigned(15)


def parse_sps(nal: bytes) -> Sps:
    """Read an SPS NAL unit, header included. Raises MediaError when no picture size comes of it.

    Bytes behind its end are ignored, and so is whatever breaks off after the reordering depth.
    """
    bits = _open(nal, SPS, "SPS")
    bits.skip(4)
    layers = bits.read(3) + 1
    nested = bits.flag()
    profile = _profile(bits, layers)
    number = bits.unsigned(15)
    chroma_format = bits.unsigned(3)
    planes = bits.flag() if chroma_format == 3 else False
    width, height = bits.unsigned(SIDE_LIMIT), bits.unsigned(SIDE_LIMIT)
    if bits.flag():
        across = 2 if chroma_format in (1, 2) and not planes else 1
        down = 2 if chroma_format == 1 and not planes else 1
        width -= across * (bits.unsigned() + bits.unsigned())
        height -= down * (bits.unsigned() + bits.unsigned())
    if not (0 < width <= SIDE_LIMIT and 0 < height <= SIDE_LIMIT):
        raise MediaError(f"the SPS says a picture of {width}x{height}; at least 1x1 is right")
    luma_depth, chroma_depth = 8 + bits.unsigned(8), 8 + bits.unsigned(8)
    order_bits = bits.unsigned(12) + 4
    reorder = 0
    every_layer = bits.flag()
    for _ in range(layers if every_layer else 1):
        bits.unsigned(16)
        reorder = bits.unsigned(16)
        bits.unsigned()
    vui = _usability(bits, order_bits)
    return Sps(
        number=number,
        profile=profile,
        layers=layers,
        nested=nested,
        width=width,
        height=height,
        chroma_format=chroma_format,
        luma_depth=luma_depth,
        chroma_depth=chroma_depth,
        reorder_depth=reorder,
        frame_ticks=vui.ticks(TIMESCALE),
        aspect=vui.shape,
    )


def config(vps: bytes, sps: bytes, pps: bytes, *more: bytes) -> TrackConfig:
    """The track that these NAL units describe; more: further PPS in use. Raises MediaError."""
    sps = trim(sps)
    parsed = parse_sps(sps)
    parse_vps(vps)
    pictures = [trim(unit) for unit in (pps, *more)]
    for unit in pictures:
        parse_pps(unit)
    profile = parsed.profile
    # ISO/IEC 14496-15, 8.3.3.1.2; what the sets do not say (parallelism, frame rate) is 0.
    record = struct.pack(
        ">BBIHIBHBBBBHBB",
        1,
        profile.space << 6 | profile.tier << 5 | profile.number,
        profile.compatibility,
        profile.constraints >> 32,
        profile.constraints & 0xFFFFFFFF,
        profile.level,
        0xF000,
        0xFC,
        0xFC | parsed.chroma_format,
        0xF8 | min(parsed.luma_depth - 8, 7),
        0xF8 | min(parsed.chroma_depth - 8, 7),
        0,
        parsed.layers << 3 | parsed.nested << 2 | 3,
        3,
    )
    for kind, units in ((VPS, [trim(vps)]), (SPS, [sps]), (PPS, pictures)):
        record += struct.pack(">BH", 0x80 | kind, len(units))
        record += b"".join(struct.pack(">H", len(unit)) + unit for unit in units)
    return TrackConfig(
        codec="h265",
        timescale=TIMESCALE,
        codec_string=codec_string(profile),
        sample_entry=sample_entry.visual(
            b"hvc1", parsed.width, parsed.height, box(b"hvcC", record), parsed.aspect
        ),
        width=parsed.width,
        height=parsed.height,
        reorder_depth=parsed.reorder_depth,
        frame_ticks=parsed.frame_ticks,
    )


def codec_string(profile: Profile) -> str:
    """The name that browsers ask for (ISO/IEC 14496-15, E.3): hvc1.1.6.L93.90."""
    flipped = int(f"{profile.compatibility:032b}"[::-1], 2)
    octets = profile.constraints.to_bytes(6, "big").rstrip(b"\0")
    parts = [
        f"hvc1.{'ABC'[profile.space - 1] if profile.space else ''}{profile.number}",
        f"{flipped:X}",
        f"{'H' if profile.tier else 'L'}{profile.level}",
        *(f"{octet:X}" for octet in octets),
    ]
    return ".".join(parts)


def _open(nal: bytes, kind: int, name: str) -> BitReader:
    if len(nal) < 3 or nal[0] >> 1 & 0x3F != kind:
        raise MediaError(f"a NAL unit of {len(nal)} bytes is no {name}")
    if len(nal) > SET_LIMIT:
        raise MediaError(f"{name} of {len(nal)} bytes; {SET_LIMIT} is the limit")
    return BitReader(unescape(nal[2:]), name)


def _profile(bits: BitReader, layers: int) -> Profile:
    profile = Profile(
        space=bits.read(2),
        tier=bits.read(1),
        number=bits.read(5),
        compatibility=bits.read(32),
        constraints=bits.read(48),
        level=bits.read(8),
    )
    present = [(bits.flag(), bits.flag()) for _ in range(layers - 1)]
    if layers > 1:
        bits.skip(2 * (9 - layers))
    for has_profile, has_level in present:
        bits.skip(88 * has_profile + 8 * has_level)
    return profile


def _usability(bits: BitReader, order_bits: int) -> Vui:
    """The VUI behind everything that must be passed over to reach it (7.3.2.2.1)."""
    try:
        for _ in range(6):
            bits.unsigned()
        if bits.flag() and bits.flag():
            skip_scaling_lists(bits)
        bits.skip(2)
        if bits.flag():
            bits.skip(8)
            bits.unsigned()
            bits.unsigned()
            bits.skip(1)
        skip_reference_sets(bits)
        if bits.flag():
            for _ in range(bits.unsigned(32)):
                bits.skip(order_bits + 1)
        bits.skip(2)
    except MediaError:
        return Vui()
    return read_h265(bits)
