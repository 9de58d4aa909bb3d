"""Sound loops: a whole minute, a beep at every full second, no click where the loop closes."""

from __future__ import annotations

from array import array
from pathlib import Path

import av
import pytest

from nvr_core.simulators import encode
from nvr_core.simulators.loops import Loop, SoundCodec, SoundSpec, load

DECODERS = {"aac": "aac", "pcma": "pcm_alaw", "pcmu": "pcm_mulaw"}


@pytest.fixture(params=DECODERS)
def loop(request: pytest.FixtureRequest, loop_cache: Path) -> Loop:
    codec: SoundCodec = request.param
    encode.fill(loop_cache, [SoundSpec(codec=codec)])
    return load(loop_cache, SoundSpec(codec=codec))


def heard(loop: Loop, laps: int) -> array[int]:
    """16-bit samples of the loop played that often."""
    decoder = av.CodecContext.create(DECODERS[loop.spec.codec], "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = loop.clock_rate
    decoder.layout = "mono"
    if loop.sets:
        decoder.extradata = loop.sets[0]
    to_16_bits = av.AudioResampler(format="s16", layout="mono", rate=loop.clock_rate)
    samples = array("h")
    for unit in loop.units * laps:
        for frame in decoder.decode(av.Packet(unit.nals[0])):
            for plain in to_16_bits.resample(frame):
                samples.frombytes(bytes(plain.planes[0])[: plain.samples * 2])
    return samples


def test_a_loop_is_a_minute_to_the_sample(loop: Loop) -> None:
    assert isinstance(loop.spec, SoundSpec)
    assert len(loop.units) * loop.spec.samples == 60 * loop.clock_rate
    assert len(heard(loop, 1)) == 60 * loop.clock_rate


def test_a_beep_begins_at_every_full_second(loop: Loop) -> None:
    samples, rate = heard(loop, 1), loop.clock_rate
    for second in range(1, 60):
        before = max(map(abs, samples[second * rate - rate // 10 : second * rate - rate // 100]))
        after = max(map(abs, samples[second * rate : second * rate + rate // 20]))
        assert after > 4000 > 2 * before, second


def test_the_loop_closes_without_a_click(loop: Loop) -> None:
    """The first second of the second lap is what the encoder meant, not a decoder starting anew."""
    samples, rate = heard(loop, 2), loop.clock_rate
    seam = 60 * rate
    steps = [
        abs(a - b) for a, b in zip(samples[seam - 800 : seam], samples[seam - 799 :], strict=False)
    ]
    assert max(steps) < 2500
    assert max(map(abs, samples[seam : seam + rate // 20])) > 4000
