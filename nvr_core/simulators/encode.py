"""Encoding of loops, in a process of its own: minutes of work must not hold up a camera.

`python -m nvr_core.simulators.encode CACHE` reads specs as JSON lines from standard input and
leaves their loop files in the cache. Specs of the same scene are drawn once, at the largest size,
and scaled for the others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph

from nvr_core.simulators import draw, sound
from nvr_core.simulators.canvas import Canvas
from nvr_core.simulators.loops import (
    Coded,
    LoopSpec,
    SoundSpec,
    Spec,
    cache_path,
    only_one,
    spec_of_line,
    store,
)
from nvr_core.simulators.scenery.dermaga import Dermaga
from nvr_core.simulators.scenery.gang import Gang
from nvr_core.simulators.scenery.place import Moment, Place
from nvr_core.simulators.scenery.pos import Pos

PLACES: dict[str, type[Place]] = {"gang": Gang, "pos": Pos, "dermaga": Dermaga}
QUALITY = {"h264": "25", "h265": "28"}
PARAMETER_SETS = {"h264": (7, 8), "h265": (32, 33, 34)}
NOT_PICTURE = {"h264": (6, 7, 8, 9, 12), "h265": (32, 33, 34, 35, 38, 39, 40)}
"""Parameter sets, delimiters, filler and SEI: kept apart, or not wanted."""


def split_annex_b(data: bytes) -> list[bytes]:
    """NAL units between start codes (ISO/IEC 14496-10 annex B). None of them ends in a zero."""
    return [piece.rstrip(b"\0") for piece in data.split(b"\0\0\1")[1:]]


def nal_type(codec: str, nal: bytes) -> int:
    """nal_unit_type of either codec."""
    return nal[0] & 0x1F if codec == "h264" else nal[0] >> 1 & 0x3F


class _Encoder:
    """One video encoder and what has come out of it."""

    def __init__(self, spec: LoopSpec) -> None:
        self.spec = spec
        self.coded: list[Coded] = []
        gop = max(1, round(spec.gop_s * spec.fps))
        colours = "colorprim=bt709:transfer=bt709:colormatrix=bt709"
        detail = [
            f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes={spec.bframes}",
            f"b-adapt=0:b-pyramid=0:{colours}",
        ]
        options = {"flags": "+global_header", "threads": "1"}
        if spec.codec == "h264":
            options |= {"preset": "superfast", "x264-params": ":".join(detail)}
        else:
            detail.append("log-level=none:info=0:frame-threads=1:pools=none")
            options |= {"preset": "ultrafast", "x265-params": ":".join(detail)}
        context = av.CodecContext.create("libx264" if spec.codec == "h264" else "libx265", "w")
        if not isinstance(context, av.VideoCodecContext):
            raise TypeError(f"{context} does not encode pictures.")
        context.width, context.height, context.pix_fmt = spec.width, spec.height, "yuv420p"
        # A frame's pts is its number; what the encoder takes that for is what the SPS declares.
        rate = spec.declared_fps or spec.fps
        context.framerate, context.time_base = Fraction(rate), Fraction(1, rate)
        context.gop_size = gop
        context.max_b_frames = spec.bframes
        if spec.bitrate:
            # A false frame rate would also mislead the rate control.
            context.bit_rate = spec.bitrate * rate // spec.fps
            options |= {"maxrate": str(context.bit_rate), "bufsize": str(context.bit_rate)}
        else:
            options["crf"] = QUALITY[spec.codec]
        context.options = options
        self._context = context

    def put(self, frame: av.VideoFrame | None) -> None:
        """Encode one more frame, or, with None, what is still inside."""
        if frame is not None:
            frame.time_base = self._context.time_base
        for packet in self._context.encode(frame):
            if packet.pts is None:
                raise ValueError("The encoder gave a packet without a time.")
            nals = split_annex_b(bytes(packet))
            pictures = [n for n in nals if nal_type(self.spec.codec, n) not in self._not_picture]
            self.coded.append(Coded(packet.pts, packet.is_keyframe, tuple(pictures)))

    @property
    def _not_picture(self) -> tuple[int, ...]:
        return NOT_PICTURE[self.spec.codec]

    def sets(self) -> list[bytes]:
        """The parameter sets of the whole loop."""
        wanted = PARAMETER_SETS[self.spec.codec]
        nals = split_annex_b(self._context.extradata or b"")
        return [nal for nal in nals if nal_type(self.spec.codec, nal) in wanted]


def draw_loop(spec: LoopSpec) -> Iterator[av.VideoFrame]:
    """All pictures of a loop, in order of showing."""
    place = PLACES[spec.scene]()
    still = Canvas(spec.width, spec.height)
    place.backdrop(still)
    draw.draw_still(still, spec.label)
    canvas = Canvas(spec.width, spec.height)
    for number in range(spec.frames):
        canvas.restore(still)
        place.move(canvas, Moment(number / spec.fps, spec.seconds))
        draw.draw_moving(canvas, still, spec.label, number, number * 100 // spec.fps)
        frame = av.VideoFrame(spec.width, spec.height, "yuv420p")
        frame.pts = number
        for plane, samples in zip(frame.planes, (canvas.luma, canvas.cb, canvas.cr), strict=True):
            plane.update(_with_stride(samples, plane.width, plane.line_size))
        yield frame


def _with_stride(samples: bytearray, width: int, stride: int) -> bytes:
    if stride == width:
        return bytes(samples)
    pad = bytes(stride - width)
    return b"".join(samples[start : start + width] + pad for start in range(0, len(samples), width))


def _grain(spec: LoopSpec, frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """The same pictures with noise that differs from frame to frame."""
    graph = Graph()
    source = graph.add_buffer(
        width=spec.width,
        height=spec.height,
        format=av.VideoFormat("yuv420p", spec.width, spec.height),
        time_base=Fraction(1, spec.fps),
    )
    noise = graph.add("noise", f"c0s={spec.grain}:c0f=t+u")
    sink = graph.add("buffersink")
    source.link_to(noise)
    noise.link_to(sink)
    graph.configure()
    for frame in frames:
        source.push(frame)
        noisy = sink.pull()
        if not isinstance(noisy, av.VideoFrame):
            raise TypeError("The noise filter gave no picture.")
        noisy.pts = frame.pts
        yield noisy


def encode_pictures(specs: Sequence[LoopSpec]) -> list[tuple[LoopSpec, list[bytes], list[Coded]]]:
    """Draw one scene once and encode it for every spec (they differ in size, codec and rate)."""
    encoders = [_Encoder(spec) for spec in specs]
    largest = max(specs, key=lambda spec: spec.width)
    frames = draw_loop(largest)
    for frame in _grain(largest, frames) if largest.grain else frames:
        for encoder in encoders:
            size = encoder.spec.width, encoder.spec.height
            if size == (frame.width, frame.height):
                encoder.put(frame)
                continue
            small = frame.reformat(*size, interpolation="AREA")
            small.pts = frame.pts
            encoder.put(small)
    for encoder in encoders:
        encoder.put(None)
    return [(encoder.spec, encoder.sets(), encoder.coded) for encoder in encoders]


def fill(cache: Path, specs: Iterable[Spec]) -> None:
    """Make every loop file that is missing."""
    wanted = list(dict.fromkeys(specs))
    for spec in wanted:
        if isinstance(spec, SoundSpec):
            with only_one(cache_path(cache, spec)):
                if not cache_path(cache, spec).exists():
                    store(cache, spec, *sound.encode(spec))
    groups: dict[object, list[LoopSpec]] = {}
    for spec in wanted:
        if isinstance(spec, LoopSpec):
            groups.setdefault(spec.drawing, []).append(spec)
    for group in groups.values():
        # The first spec's lock stands for the group: others who want one of it wait or redo it.
        with only_one(cache_path(cache, group[0])):
            missing = [spec for spec in group if not cache_path(cache, spec).exists()]
            for spec, sets, coded in encode_pictures(missing) if missing else []:
                store(cache, spec, sets, coded)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), [spec_of_line(line) for line in sys.stdin])
