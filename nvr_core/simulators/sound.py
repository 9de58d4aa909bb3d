"""The sound of a simulated camera: crickets far away, and a beep at every full second."""

from __future__ import annotations

from array import array
from fractions import Fraction
from math import exp, pi, sin

import av

from nvr_core.simulators.loops import AAC_SAMPLES, Coded, SoundSpec

LEAD = 32
"""Frames encoded before and after the loop, so that its end and its beginning fit together."""
BEEP_HERTZ = 880
MINUTE_HERTZ = 1320


def minute(rate: int) -> array[int]:
    """60 s of 16-bit samples that join without a click."""
    beep, chime = _beep(rate, BEEP_HERTZ), _beep(rate, MINUTE_HERTZ)
    return chime + beep * 59


def _beep(rate: int, hertz: int) -> array[int]:
    """One second: a beep that dies away over crickets that swell and fade."""
    samples = array("h")
    for place in range(rate):
        at = place / rate
        tone = 9000 * exp(-at * 14) * sin(2 * pi * hertz * at) if at < 0.5 else 0.0
        swell = max(0.0, sin(2 * pi * 3 * at)) ** 2
        cricket = 500 * swell * sin(2 * pi * 2600 * at) * (0.5 + 0.5 * sin(2 * pi * 24 * at))
        samples.append(round(tone + cricket))
    return samples


def encode(spec: SoundSpec) -> tuple[list[bytes], list[Coded]]:
    """The loop's configuration (AAC only) and its frames."""
    samples = minute(spec.rate)
    if spec.codec == "aac":
        return _aac(spec, samples)
    coded = _run(spec, "pcm_alaw" if spec.codec == "pcma" else "pcm_mulaw", samples)[1]
    return [], [Coded(place, True, (frame,)) for place, frame in enumerate(coded)]


def _aac(spec: SoundSpec, samples: array[int]) -> tuple[list[bytes], list[Coded]]:
    """AAC-LC; each frame leans on the one before it, so the loop is cut from a longer run."""
    lead = LEAD * AAC_SAMPLES
    config, coded = _run(spec, "aac", samples[-lead:] + samples + samples[:lead])
    frames = len(samples) // AAC_SAMPLES
    start = LEAD + 1  # the encoder's own delay is one frame
    loop = coded[start : start + frames]
    return [config], [Coded(place, True, (frame,)) for place, frame in enumerate(loop)]


def _run(spec: SoundSpec, encoder: str, samples: array[int]) -> tuple[bytes, list[bytes]]:
    context = av.CodecContext.create(encoder, "w")
    if not isinstance(context, av.AudioCodecContext):
        raise TypeError(f"{encoder} does not encode sound.")
    context.sample_rate = spec.rate
    context.layout = "mono"
    context.format = "fltp" if spec.codec == "aac" else "s16"
    context.time_base = Fraction(1, spec.rate)
    context.bit_rate = 48_000 if spec.codec == "aac" else 64_000
    if spec.codec == "aac":
        context.options = {"flags": "+global_header"}
    coded: list[bytes] = []
    for start in range(0, len(samples), spec.samples):
        piece = samples[start : start + spec.samples]
        raw = array("f", (sample / 32768 for sample in piece)) if spec.codec == "aac" else piece
        frame = av.AudioFrame(format=context.format.name, layout="mono", samples=len(piece))
        frame.sample_rate = spec.rate
        frame.pts = start
        frame.planes[0].update(raw.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        coded += [bytes(packet) for packet in context.encode(frame)]
    coded += [bytes(packet) for packet in context.encode(None)]
    return bytes(context.extradata or b""), coded
