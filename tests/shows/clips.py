"""Clips with drawn frame numbers, as files that foreign servers can play."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from nvr_core.simulators.encode import draw_loop
from nvr_core.simulators.loops import LoopSpec

FPS = 12
RATE = 32_000


def make(path: Path, *, codec: str, bframes: int, seconds: int, label: str) -> None:
    """An MP4 of numbered frames, a key frame each second, with a silent AAC track."""
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
        silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        silence.sample_rate = RATE
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        heard = 0
        for number, frame in enumerate(draw_loop(spec)):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
            while heard * FPS < (number + 1) * RATE:
                silence.pts, silence.time_base = heard, Fraction(1, RATE)
                out.mux(sound.encode(silence))
                heard += silence.samples
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
