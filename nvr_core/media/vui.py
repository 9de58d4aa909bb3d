"""Video usability information: timing, reordering and the shape of pixels (annex E of both).

It stands last in an SPS and cameras cut it short or fill it with nonsense, so a VUI that cannot
be read counts as one that says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

from nvr_core.media.bits import BitReader
from nvr_core.media.errors import MediaError

EXTENDED_SAR = 255

ASPECTS = (
    (1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11),
    (80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
"""Table E-1 of both standards; index 0 is 'unspecified'."""

SLOWEST, FASTEST = 1, 240
"""Frames per second that a camera can mean; what lies outside is a default nobody set."""


@dataclass(frozen=True, kw_only=True)
class Vui:
    """What was understood; the defaults mean 'not said'."""

    aspect: tuple[int, int] = (1, 1)
    tick: tuple[int, int] = (0, 0)
    """(num_units, time_scale): one frame lasts num_units / time_scale seconds."""
    reorder_depth: int | None = None
    broken: bool = False
    """It breaks off, and nobody can say where the SPS ends."""

    @property
    def shape(self) -> tuple[int, int]:
        """The aspect ratio in lowest terms, (1, 1) when not said."""
        across, down = self.aspect
        if not across or not down:
            return 1, 1
        divisor = gcd(across, down)
        return across // divisor, down // divisor

    def ticks(self, timescale: int) -> int:
        """Frame duration on that timescale, 0 when not said or beyond what cameras do."""
        units, scale = self.tick
        if not units or not SLOWEST * units <= scale <= FASTEST * units:
            return 0
        return round(units * timescale / scale)


def read_h264(bits: BitReader) -> Vui:
    """Read vui_parameters() of H.264 (E.1.1), from vui_parameters_present_flag to its end."""
    vui = Vui()
    try:
        if not bits.flag():
            return vui
        vui = replace(vui, aspect=_head(bits))
        if bits.flag():
            units, scale = bits.read(32), bits.read(32)
            bits.skip(1)
            vui = replace(vui, tick=(2 * units, scale))
        nal, vcl = _skip_h264_buffering(bits), _skip_h264_buffering(bits)
        if nal or vcl:
            bits.skip(1)
        bits.skip(1)
        if bits.flag():
            bits.skip(1)
            for _ in range(4):
                bits.unsigned(16)
            depth = bits.unsigned(16)
            bits.unsigned(16)
            vui = replace(vui, reorder_depth=depth)
    except MediaError:
        return replace(vui, broken=True)
    return vui


def read_h265(bits: BitReader) -> Vui:
    """Read vui_parameters() of H.265 (E.2.1), from vui_parameters_present_flag to the timing."""
    vui = Vui()
    try:
        if not bits.flag():
            return vui
        vui = replace(vui, aspect=_head(bits))
        bits.skip(3)
        if bits.flag():
            for _ in range(4):
                bits.unsigned()
        if bits.flag():
            vui = replace(vui, tick=(bits.read(32), bits.read(32)))
    except MediaError:
        return replace(vui, broken=True)
    return vui


def _head(bits: BitReader) -> tuple[int, int]:
    """The fields that both standards begin with; returns the aspect ratio of a pixel."""
    aspect = (1, 1)
    if bits.flag():
        index = bits.read(8)
        if index == EXTENDED_SAR:
            aspect = bits.read(16), bits.read(16)
        elif index < len(ASPECTS):
            aspect = ASPECTS[index]
    if bits.flag():
        bits.skip(1)
    if bits.flag():
        bits.skip(4)
        if bits.flag():
            bits.skip(24)
    if bits.flag():
        bits.unsigned(5)
        bits.unsigned(5)
    return aspect


def _skip_h264_buffering(bits: BitReader) -> bool:
    """hrd_parameters() of H.264 (E.1.2), with the flag before them."""
    if not bits.flag():
        return False
    count = bits.unsigned(31) + 1
    bits.skip(8)
    for _ in range(count):
        bits.unsigned()
        bits.unsigned()
        bits.skip(1)
    bits.skip(20)
    return True
