"""Loops: every drawn number in its place, closed groups, true times, made once."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from nvr_core.clock import SECOND
from nvr_core.simulators import draw, encode
from nvr_core.simulators.loops import (
    Loop,
    LoopSpec,
    SoundSpec,
    Unit,
    cache_path,
    load,
    spec_line,
    spec_of_line,
)

START = b"\0\0\0\1"
PLAIN = LoopSpec(label="cam", seconds=10)
SPECS = {
    "h264": PLAIN,
    "h264-sub": LoopSpec(label="cam", seconds=10, width=320, height=180),
    "h264-b": LoopSpec(label="cam", seconds=10, bframes=2),
    "h265": LoopSpec(label="cam", seconds=10, codec="h265"),
    "h265-b": LoopSpec(label="cam", seconds=10, codec="h265", bframes=2),
}


@pytest.fixture(params=SPECS)
def loop(request: pytest.FixtureRequest, loop_cache: Path) -> Loop:
    spec = SPECS[request.param]
    encode.fill(loop_cache, [spec])
    return load(loop_cache, spec)


def pictures(loop: Loop, units: tuple[Unit, ...]) -> Iterator[av.VideoFrame]:
    """Decode units, parameter sets before each key frame."""
    assert isinstance(loop.spec, LoopSpec)
    decoder = av.CodecContext.create("h264" if loop.spec.codec == "h264" else "hevc", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    for unit in units:
        nals = (*loop.sets, *unit.nals) if unit.key else unit.nals
        packet = av.Packet(b"".join(START + nal for nal in nals))
        packet.pts, packet.time_base = unit.ticks, Fraction(1, loop.clock_rate)
        yield from decoder.decode(packet)
    yield from decoder.decode(None)


def test_every_drawn_number_and_clock_is_in_its_place(loop: Loop) -> None:
    assert isinstance(loop.spec, LoopSpec)
    shown = [draw.read_frame(frame) for frame in pictures(loop, loop.units)]
    fps = loop.spec.fps
    assert shown == [draw.Reading(n, n * 100 // fps) for n in range(loop.spec.frames)]
    assert sorted(unit.number for unit in loop.units) == list(range(loop.spec.frames))


def test_groups_are_closed_and_begin_where_they_should(loop: Loop) -> None:
    """Each group decodes alone to exactly its own numbers."""
    assert isinstance(loop.spec, LoopSpec)
    keys = [place for place, unit in enumerate(loop.units) if unit.key]
    assert keys == list(range(0, loop.spec.frames, loop.spec.fps))
    group = loop.units[keys[3] : keys[4]]
    readings = [draw.read_frame(frame) for frame in pictures(loop, group)]
    numbers = [reading.number for reading in readings if reading]
    assert numbers == list(range(keys[3], keys[4]))


def test_no_frame_leaves_before_it_is_shown(loop: Loop) -> None:
    for unit in loop.units:
        assert unit.due >= unit.ticks * SECOND // loop.clock_rate
    assert isinstance(loop.spec, LoopSpec)
    reordered = [unit.number for unit in loop.units] != list(range(loop.spec.frames))
    assert reordered == (loop.spec.bframes > 0)


def test_the_number_at_a_wall_time_is_the_newest_frame_that_has_left(loop_cache: Path) -> None:
    encode.fill(loop_cache, [PLAIN])
    loop = load(loop_cache, PLAIN)
    midnight = 1_700_000_000 * SECOND // loop.length * loop.length
    assert loop.number_at(midnight) == 0
    assert loop.number_at(midnight + SECOND - 1) == 11
    assert loop.number_at(midnight + SECOND) == 12
    assert loop.number_at(midnight - 1) == loop.units[-1].number


def test_a_loop_is_encoded_once(tmp_path: Path) -> None:
    spec = LoopSpec(label="once", seconds=1, fps=5)
    encode.fill(tmp_path, [spec, spec])
    first = cache_path(tmp_path, spec).stat()
    encode.fill(tmp_path, [spec])
    assert cache_path(tmp_path, spec).stat().st_ino == first.st_ino
    encode.fill(tmp_path, [LoopSpec(label="other", seconds=1, fps=5)])
    assert len(list(tmp_path.glob("*.loop"))) == 2


def test_a_cache_keeps_a_bounded_number_of_loops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nvr_core.simulators.loops.KEPT", 2)
    specs = [LoopSpec(label=f"{n}", seconds=1, fps=2) for n in range(4)]
    for spec in specs:
        encode.fill(tmp_path, [spec])
    assert [cache_path(tmp_path, spec).exists() for spec in specs] == [False, False, True, True]


def test_bits_per_second_are_what_was_asked_for(tmp_path: Path) -> None:
    spec = LoopSpec(label="rate", seconds=6, fps=12, bitrate=900_000, grain=20)
    encode.fill(tmp_path, [spec])
    size = sum(len(nal) for unit in load(tmp_path, spec).units for nal in unit.nals)
    assert size * 8 / spec.seconds == pytest.approx(900_000, rel=0.2)


@pytest.mark.parametrize("spec", [*SPECS.values(), SoundSpec(codec="pcma")])
def test_a_spec_survives_its_line(spec: LoopSpec | SoundSpec) -> None:
    assert spec_of_line(spec_line(spec)) == spec


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"width": 641}, "multiples of 4"),
        ({"width": 128, "height": 96}, "from 160"),
        ({"height": 300}, "no room for its clock"),
        ({"seconds": 7}, "divisor of 60"),
        ({"fps": 0}, "1 to 60"),
    ],
)
def test_a_loop_that_cannot_be_is_refused_in_a_sentence(
    fields: dict[str, int], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        LoopSpec(**fields)  # type: ignore[arg-type] # only integers are given
