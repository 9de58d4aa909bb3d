"""Clips with drawn frame numbers and a rising tone, as files that foreign servers can play."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from pathlib import Path

import av

from nvr_core.simulators.encode import draw_loop
from nvr_core.simulators.loops import LoopSpec

FPS = 12
RATE = 32_000
SAMPLES = 1024
"""Of an AAC frame (ISO/IEC 14496-3)."""
SWEEP = 0.002
"""Hz by which the tone rises from sample to sample: no two AAC frames are alike."""


def tone(first: int) -> bytes:
    """SAMPLES of a tone that rises all the time, from this sample of the clip on."""
    return array(
        "f",
        (
            0.3 * math.sin(2 * math.pi * n / RATE * (200 + SWEEP * n / 2))
            for n in range(first, first + SAMPLES)
        ),
    ).tobytes()


def packets(path: Path) -> list[bytes]:
    """The AAC frames of a file, as they lie in it."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def make(path: Path, *, codec: str, bframes: int, seconds: int, label: str) -> None:
    """An MP4 of numbered frames, a key frame each second, with an AAC track that never repeats."""
    spec = LoopSpec(codec="h264", bframes=bframes, seconds=seconds, fps=FPS, label=label)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264" if codec == "h264" else "libx265", rate=FPS)
        video.width, video.height, video.pix_fmt = spec.width, spec.height, "yuv420p"
        video.codec_context.gop_size = FPS
        video.codec_context.max_b_frames = bframes
        detail = f"keyint={FPS}:min-keyint={FPS}:scenecut=0:open-gop=0:bframes={bframes}:b-adapt=0"
        if codec == "h264":
            video.options = {"preset": "superfast", "x264-params": detail}
        else:
            video.options = {"preset": "ultrafast", "x265-params": f"{detail}:log-level=none"}
        sound = out.add_stream("aac", rate=RATE)
        sound.layout = "mono"
        heard = 0
        for number, frame in enumerate(draw_loop(spec)):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
            while heard * FPS < (number + 1) * RATE:
                samples = av.AudioFrame(format="fltp", layout="mono", samples=SAMPLES)
                samples.sample_rate = RATE
                samples.planes[0].update(tone(heard))
                samples.pts, samples.time_base = heard, Fraction(1, RATE)
                out.mux(sound.encode(samples))
                heard += SAMPLES
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
