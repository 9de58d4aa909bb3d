"""Footage for tests: encoded by PyAV with the frame's number drawn in it, and segments of it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import av

from nvr_core.media import boxes, fragment, init, segment
from nvr_core.media.decode_time import DecodeTimes
from nvr_core.media.track import Codec, TrackConfig
from nvr_core.media.wall import WallLine

WIDTH, HEIGHT, BLOCK, BITS = 160, 96, 16, 10
T0 = 1_790_000_000_000_000
"""UTC µs at which frame 0 arrives in these tests."""


class Frame(NamedTuple):
    """One access unit in decode order."""

    pts: int
    key: bool
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Footage:
    """A track and its frames."""

    config: TrackConfig
    frames: tuple[Frame, ...]

    def later(self, ticks: int) -> Footage:
        """The same footage `ticks` later on its media line."""
        moved = tuple(f._replace(pts=f.pts + ticks) for f in self.frames)
        return Footage(config=self.config, frames=moved)


def draw(number: int) -> av.VideoFrame:
    """A picture that shows a number as black and white blocks, lowest bit first."""
    picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma = bytearray(b"\x50" * (picture.planes[0].line_size * HEIGHT))
    stride = picture.planes[0].line_size
    for bit in range(BITS):
        shade = b"\xeb" if number >> bit & 1 else b"\x10"
        for row in range(BLOCK, 3 * BLOCK):
            at = row * stride + bit * BLOCK
            luma[at : at + BLOCK] = shade * BLOCK
    picture.planes[0].update(bytes(luma))
    for plane in picture.planes[1:]:
        plane.update(b"\x80" * plane.buffer_size)
    return picture


def number(picture: av.VideoFrame) -> int:
    """What `draw` drew, read back from a decoded picture."""
    luma = bytes(picture.planes[0])
    stride = picture.planes[0].line_size
    row = 2 * BLOCK
    return sum((luma[row * stride + bit * BLOCK + BLOCK // 2] > 128) << bit for bit in range(BITS))


@cache
def video(
    codec: str = "libx264", *, count: int = 100, gop: int = 25, bframes: int = 0, fps: int = 25
) -> Footage:
    """Frames 0, 1, 2 … at 90 kHz from pts 0 on, a key frame every `gop` frames."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        stream: Any = out.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.gop_size, stream.max_b_frames = gop, bframes
        stream.time_base = Fraction(1, 90000)
        stream.codec_context.time_base = Fraction(1, 90000)
        pyramid = "b-pyramid=normal:b-adapt=0" if bframes else "b-pyramid=none"
        common = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}"
        if codec == "libx264":
            stream.options = {"preset": "fast", "x264-params": f"{common}:{pyramid}:open-gop=0"}
        else:
            quiet = "log-level=none:pools=1:frame-threads=1"
            stream.options = {
                "preset": "ultrafast",
                "x265-params": f"{common}:b-adapt=0:open-gop=0:{quiet}",
                "tag": "hvc1",
            }
            stream.codec_context.codec_tag = "hvc1"
        for i in range(count):
            picture = draw(i)
            picture.pts = i * 90000 // fps
            picture.time_base = Fraction(1, 90000)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    kind: Codec = "h264" if codec == "libx264" else "h265"
    return _footage(target, kind, 90000, "avc1.64000b" if kind == "h264" else "hvc1.1.6.L30.90")


@cache
def sound(codec: str, *, seconds: int = 4, rate: int = 16000) -> Footage:
    """A tone: `aac`, `pcm_alaw` or `pcm_mulaw`, its sample rate being its timescale."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4" if codec == "aac" else "mov") as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        form = "fltp" if codec == "aac" else "s16"
        step = 1024 if codec == "aac" else rate // 50
        for at in range(0, seconds * rate, step):
            block = av.AudioFrame(format=form, layout="mono", samples=step)
            block.planes[0].update(bytes(block.planes[0].buffer_size))
            block.sample_rate, block.pts, block.time_base = rate, at, Fraction(1, rate)
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    kinds: dict[str, Codec] = {"aac": "aac", "pcm_alaw": "pcma", "pcm_mulaw": "pcmu"}
    kind = kinds[codec]
    string = {"aac": "mp4a.40.2", "pcma": "alaw", "pcmu": "ulaw"}[kind]
    return _footage(target, kind, rate, string)


def _footage(target: io.BytesIO, codec: Codec, timescale: int, string: str) -> Footage:
    made = target.getvalue()
    moov = next(b for b in boxes.walk(made) if b.kind == b"moov")
    stsd = boxes.find(made, b"trak.mdia.minf.stbl.stsd", moov.body, moov.end)
    assert stsd is not None
    entry = next(boxes.walk(made, stsd.body + 8, stsd.end))
    with av.open(io.BytesIO(made), "r") as source:
        packets = (
            [p for p in source.demux(audio=0) if p.size]
            if codec in ("aac", "pcma", "pcmu")
            else [p for p in source.demux(video=0) if p.size]
        )
        scale = packets[0].time_base * timescale
        frames = tuple(
            Frame(int((p.pts or 0) * scale), bool(p.is_keyframe), bytes(p)) for p in packets
        )
    least = min(f.pts for f in frames)
    return Footage(
        config=TrackConfig(
            codec=codec,
            timescale=timescale,
            codec_string=string,
            sample_entry=made[entry.start : entry.end],
            width=WIDTH if codec in ("h264", "h265") else 0,
            height=HEIGHT if codec in ("h264", "h265") else 0,
        ),
        frames=tuple(f._replace(pts=f.pts - least) for f in frames),
    )


def opening(sequence: int = 0, start: int = T0, **changes: Any) -> segment.Opening:
    """An opening that says something in every field."""
    said: dict[str, Any] = {
        "camera": "0192f0c4-0000-7000-8000-00000000000a",
        "stream": "main",
        "run": "0192f0c4-0000-7000-8000-00000000000b",
        "segment": f"0192f0c4-0000-7000-8000-{sequence:012d}",
        "recorder_start": "0192f0c4-0000-7000-8000-00000000000c",
        "sequence": sequence,
        "start": start,
        "clock": segment.ClockState(synchronised=True, error_us=1500),
        "codec": "avc1.64000b",
        "software": "Ronda 0.1.0",
    }
    return segment.Opening(**(said | changes))


def timed(frames: Iterable[Frame], depth: int) -> list[tuple[Frame, int, int]]:
    """(frame, decode time, duration) of each, the last duration repeated."""
    kept = list(frames)
    times = DecodeTimes(depth)
    dts = [times.push(f.pts) for f in kept]
    lengths = [b - a for a, b in pairwise(dts)]
    lengths.append(lengths[-1] if lengths else 1)
    return list(zip(kept, dts, lengths, strict=True))


def fragments(
    frames: list[tuple[Frame, int, int]], longest: int
) -> Iterable[list[tuple[Frame, int, int]]]:
    """Group timed frames: a new fragment before each key frame of video and after `longest`."""
    group: list[tuple[Frame, int, int]] = []
    for entry in frames:
        if group and (len(group) == longest or (entry[0].key and not group[-1][0].key)):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def build(
    footage: Footage,
    *,
    depth: int = 0,
    longest: int = 12,
    close: bool = True,
    start: int = T0,
    sequence: int = 0,
    rate_ppm: int = 0,
    opened: int | None = None,
    run: str = "0192f0c4-0000-7000-8000-00000000000b",
) -> bytes:
    """One segment of all frames; frame pts p arrives exactly at start + p - first dts.

    rate_ppm stretches its marks and its closing; opened: what its opening believes of its start.
    """
    entries = timed(footage.frames, depth)
    scale = footage.config.timescale
    base = entries[0][1]
    line = WallLine(scale)
    for f in footage.frames:
        us = (f.pts - base) * 1_000_000 // scale
        assert line.frame(f.pts, us, start + us) is None
    out = bytearray(init.init_segment(footage.config))
    said = {"codec": footage.config.codec_string, "run": run}
    out += segment.opening_box(opening(sequence, start if opened is None else opened, **said))
    index: list[segment.FragmentEntry] = []
    for number_, group in enumerate(fragments(entries, longest), 1):
        samples = [
            (length, len(f.data), fragment.KEY if f.key else fragment.DELTA, f.pts - dts)
            for f, dts, length in group
        ]
        first = group[0]
        begun = len(out)
        wall = line.wall(first[1])
        wall += (wall - start) * rate_ppm // 1_000_000
        out += fragment.head(number_, first[1], samples, wall, first[1])
        for f, _, _ in group:
            out += f.data
        index.append(
            segment.FragmentEntry(
                begun,
                len(out) - begun,
                first[1],
                sum(length for _, _, length in group),
                first[0].key,
                len(group),
                samples[0][3],
            )
        )
    if close:
        end = entries[-1][1] + entries[-1][2]
        span = line.cut(base, end)
        closing = segment.Closing(
            start=span.start,
            duration_us=span.duration_us + span.duration_us * rate_ppm // 1_000_000,
            frames=len(entries),
            sha256=hashlib.sha256(out).hexdigest(),
        )
        out += segment.closing_boxes(closing, index)
    return bytes(out)
