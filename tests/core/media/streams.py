"""Video as encoders make it, for tests: NAL units per frame, and what FFmpeg says of it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av

from nvr_core.media import boxes
from tests.core.media.oracle import probe

FPS = 25


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One access unit in decode order."""

    pts: int
    """90 kHz ticks."""
    key: bool
    nals: tuple[bytes, ...]
    """Without parameter sets."""

    @property
    def stored(self) -> bytes:
        """As a sink should get it: each NAL unit behind its length."""
        return b"".join(len(nal).to_bytes(4, "big") + nal for nal in self.nals)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A whole encoded stream."""

    h264: bool
    sets: tuple[bytes, ...]
    """VPS (H.265), SPS, PPS."""
    units: tuple[Unit, ...]
    packets: tuple[Any, ...]
    codec: Any
    """The encoder's context."""

    def kind(self, nal: bytes) -> int:
        return nal_type(nal, self.h264)


def nal_type(nal: bytes, h264: bool) -> int:
    return nal[0] & 31 if h264 else nal[0] >> 1 & 63


def split(annex_b: bytes) -> list[bytes]:
    """NAL units between start codes."""
    return [unit.rstrip(b"\0") for unit in annex_b.split(b"\0\0\1") if unit.strip(b"\0")]


def picture(number: int, width: int, height: int, form: str) -> av.VideoFrame:
    """Moving stripes: enough to make B-frames worth their while, cheap to encode."""
    frame = av.VideoFrame(width, height, form)
    for plane in frame.planes:
        row = bytes((7 * (x + 5 * number) + number) % 200 + 20 for x in range(plane.line_size))
        flipped = row[::-1]
        plane.update(b"".join(flipped if y // 8 % 2 else row for y in range(plane.height)))
    frame.pts = number
    return frame


@cache
def encode(
    codec: str = "libx264",
    *,
    width: int = 160,
    height: int = 96,
    count: int = 12,
    form: str = "yuv420p",
    params: str = "",
    preset: str = "fast",
    profile: str = "",
) -> Stream:
    """Encode `count` frames at 25 a second; params as x264-params or x265-params take them."""
    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = width, height, form
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    h264 = codec == "libx264"
    quiet = "" if h264 else "log-level=none:pools=1:frame-threads=1"
    options = {"preset": preset}
    joined = ":".join(part for part in (params, quiet) if part)
    if joined:
        options["x264-params" if h264 else "x265-params"] = joined
    if profile:
        options["profile"] = profile
    context.options = options
    context.thread_count = 1
    packets = [p for n in range(count) for p in context.encode(picture(n, width, height, form))]
    packets += context.encode(None)
    sets: dict[bytes, None] = {}
    units = []
    for packet in packets:
        nals = split(bytes(packet))
        kinds = (7, 8) if h264 else (32, 33, 34)
        sets.update((nal, None) for nal in nals if nal_type(nal, h264) in kinds)
        units.append(
            Unit(
                pts=packet.pts * 90000 // FPS,
                key=packet.is_keyframe,
                nals=tuple(nal for nal in nals if nal_type(nal, h264) not in kinds),
            )
        )
    return Stream(
        h264=h264, sets=tuple(sets), units=tuple(units), packets=tuple(packets), codec=context
    )


def annex_b(stream: Stream, start_code: bytes = b"\0\0\1") -> bytes:
    """The stream as a file, with parameter sets before each key frame.

    FFmpeg takes the first zero of a long start code for a part of the unit before; its name for
    an H.265 stream comes only after a long one.
    """
    return b"".join(
        start_code + nal
        for unit in stream.units
        for nal in (*(stream.sets if unit.key else ()), *unit.nals)
    )


def probed(stream: Stream, folder: Path) -> dict[str, Any]:
    """What ffprobe says of the stream: width, height, has_b_frames, profile, level …"""
    path = folder / ("stream.h264" if stream.h264 else "stream.h265")
    path.write_bytes(annex_b(stream))
    said: dict[str, Any] = probe(path, "-show_streams")["streams"][0]
    return said


def muxed(stream: Stream, form: str, target: str | io.BytesIO, start_code: bytes) -> None:
    """Have FFmpeg find the parameter sets in the raw stream and write it into a container."""
    with (
        av.open(
            io.BytesIO(annex_b(stream, start_code)), "r", "h264" if stream.h264 else "hevc"
        ) as source,
        av.open(target, "w", format=form) as out,
    ):
        track: Any = out.add_stream_from_template(source.streams.video[0])
        if not stream.h264:
            track.codec_context.codec_tag = "hvc1"
        packets = (packet for packet in source.demux(video=0) if packet.size)
        for number, packet in enumerate(packets):
            # Only the container's head is of interest: any increasing times will do.
            packet.pts, packet.dts, packet.duration = number, number, 1
            packet.time_base, packet.stream = Fraction(1, FPS), track
            out.mux(packet)


def config_box(stream: Stream) -> bytes:
    """avcC or hvcC as FFmpeg's muxer writes it, without the box's head."""
    target = io.BytesIO()
    muxed(stream, "mp4", target, b"\0\0\1")
    made = target.getvalue()
    stsd = boxes.find(made, b"moov.trak.mdia.minf.stbl.stsd")
    assert stsd is not None
    entry = next(boxes.walk(made, stsd.body + 8, stsd.end))
    wanted = b"avcC" if stream.h264 else b"hvcC"
    found = next(b for b in boxes.walk(made, entry.body + 78, entry.end) if b.kind == wanted)
    return made[found.body : found.end]


def dash_name(stream: Stream, folder: Path) -> str:
    """The codec string that FFmpeg's DASH muxer gives the stream."""
    path = folder / "stream.mpd"
    muxed(stream, "dash", str(path), b"\0\0\0\1")
    match = re.search(r'codecs="([^"]*)"', path.read_text())
    assert match is not None
    assert match[1]
    return match[1]
