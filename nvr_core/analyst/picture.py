"""From a part's bytes to one JPEG: the only place where the analyst runs native code."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from nvr_core.analyst.part import Part
from nvr_core.media.samples import Sample
from nvr_core.wire.pictures import NoPicture

MAX_PIXELS = 8192 * 8192
"""Pictures with more are not decoded: they would take the machine's memory."""

UNSPECIFIED = 2
"""matrix_coefficients that say nothing (ITU-T H.273, table 4)."""

HIGH_DEFINITION = 720
"""Lines from which on BT.709 is usual."""

QUALITY = "5"
"""Quantiser of the JPEG encoder, 2 (best) to 31."""


def draw(part: Part, at: int | None, width: int, *, seconds: float) -> bytes:
    """The JPEG of the frame shown at `at`, at most `width` pixels wide, its shape kept.

    Damaged frames are drawn as the decoder conceals them. Raises NoPicture when no frame comes
    out, or none within `seconds`.
    """
    deadline = time.monotonic() + seconds
    frames = part.until(at)
    try:
        shown = _choose(_decode(part, frames, deadline), frames[-1].pts)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise NoPicture(f"the frames cannot be decoded: {_reason(error)}") from None
    if shown is None:
        raise NoPicture(f"none of {len(frames)} frames could be decoded: the part is damaged")
    try:
        return _encode(shown, part.aspect, width)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise NoPicture(f"the frame cannot be made a JPEG: {_reason(error)}") from None


def _choose(decoded: Iterator[VideoFrame], pts: int) -> VideoFrame | None:
    """The newest frame that is not shown after `pts`, else the first that came at all."""
    best: VideoFrame | None = None
    for frame in decoded:
        if best is None or (frame.pts is not None and frame.pts <= pts):
            best = frame
    return best


def _decode(part: Part, frames: Sequence[Sample], deadline: float) -> Iterator[VideoFrame]:
    """What the decoder makes of the frames; one that it refuses costs only itself."""
    decoder = av.CodecContext.create(part.codec, "r")
    decoder.extradata = part.config
    # One thread: the recorder beside us must not wait for ours.
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    # Frames that no other frame needs are passed over on the way to the one that is wanted.
    decoder.skip_frame = "NONREF"
    for sample in frames:
        if time.monotonic() > deadline:
            raise NoPicture("decoding took too long; ask for a moment nearer the part's start")
        if sample is frames[-1]:
            decoder.skip_frame = "DEFAULT"
        packet = av.Packet(part.content[sample.offset : sample.offset + sample.size])
        packet.pts, packet.dts = sample.pts, sample.dts
        packet.time_base = Fraction(1, part.timescale)
        with contextlib.suppress(av.InvalidDataError):
            yield from decoder.decode(packet)
    with contextlib.suppress(av.InvalidDataError):
        yield from decoder.decode(None)


def _encode(frame: VideoFrame, aspect: tuple[int, int], width: int) -> bytes:
    """Scale to square pixels and encode, full range, BT.601 colours, as JFIF has them."""
    across, down = aspect
    wide = max(1, frame.width * across // down)
    width = max(2, min(width, wide))
    height = max(2, min(round(frame.height * width / wide), 4 * width))
    scaled = frame.reformat(
        width=width,
        height=height,
        format="yuvj420p",
        src_colorspace=_matrix(frame),
        dst_colorspace=Colorspace.ITU601,
        dst_color_range="JPEG",
        interpolation="AREA",
    )
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": QUALITY, "qmax": QUALITY}
    packets = encoder.encode(scaled) or encoder.encode(None)
    return b"".join(bytes(packet) for packet in packets)


def _matrix(frame: VideoFrame) -> Colorspace:
    """How its colours are meant. Where the stream is silent: as televisions guess, by size."""
    said = frame.colorspace
    if said == UNSPECIFIED:
        return Colorspace.ITU709 if frame.height >= HIGH_DEFINITION else Colorspace.ITU601
    return Colorspace(said) if said in set(Colorspace) else Colorspace.ITU601


def _reason(error: Exception) -> str:
    """Without the number that PyAV puts in front."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
