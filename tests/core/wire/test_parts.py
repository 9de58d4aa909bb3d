"""Parts come back as they were, whatever a recorder told, and a minute of them is small."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.wire import codec
from nvr_core.wire.errors import WireError
from nvr_core.wire.facts import SegmentClosed
from nvr_core.wire.parts import PackedParts, Part, Torn

WORDS = st.integers(-(1 << 63), (1 << 63) - 1)
ANY = st.builds(Part, offset=WORDS, size=WORDS, start=WORDS, duration=WORDS)


def camera(count: int, jitter: int, seed: int = 1) -> list[Part]:
    """What a camera of 4 Mbit/s with a key frame a second makes."""
    chance = random.Random(seed)
    made, offset, start = [], 1100, 90_000
    for _ in range(count):
        size = chance.randrange(300_000, 800_000)
        duration = 90_000 + chance.randrange(-jitter, jitter + 1)
        made.append(Part(offset=offset, size=size, start=start, duration=duration))
        offset, start = offset + size, start + duration
    return made


@given(st.lists(ANY, max_size=70))
def test_any_parts_come_back(told: list[Part]) -> None:
    packed = PackedParts.of(told)
    assert list(packed) == told
    assert len(packed) == len(told)
    assert PackedParts.read(packed.text) == packed


@pytest.mark.parametrize(("jitter", "most"), [(0, 200), (100, 270), (2000, 330), (60_000, 400)])
def test_sixty_parts_are_small(jitter: int, most: int) -> None:
    told = camera(60, jitter)
    packed = PackedParts.of(told)
    assert len(packed.packed) <= most < 512
    assert list(packed) == told


@given(st.binary(max_size=300))
def test_damaged_bytes_are_said_to_be(damaged: bytes) -> None:
    # Nothing else is raised, whatever the bytes; and what is taken has numbers that fit.
    with contextlib.suppress(Torn):
        for part in PackedParts(damaged):
            assert all(-(1 << 63) <= value < 1 << 63 for value in vars(part).values())


@given(st.lists(ANY, min_size=1, max_size=9), st.data())
def test_nearly_right_bytes_too(told: list[Part], data: st.DataObject) -> None:
    damaged = bytearray(PackedParts.of(told).packed)
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Torn):
        for part in PackedParts(bytes(damaged)):
            assert all(-(1 << 63) <= value < 1 << 63 for value in vars(part).values())


def test_every_cut_is_noticed() -> None:
    packed = PackedParts.of(camera(20, 100)).packed
    for cut in range(len(packed)):
        with pytest.raises(Torn):
            PackedParts(packed[:cut])
    with pytest.raises(Torn):
        PackedParts(packed + b"0")


@pytest.mark.parametrize("text", ["", "A", "AQA", "AQA=\n", "ä", "*QA=", "AgA="])
def test_a_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Torn):
        PackedParts.read(text)


def test_no_parts() -> None:
    none = PackedParts.of(())
    assert list(none) == []
    assert len(none) == 0
    assert none.text == "AQA="


CLOSED = SegmentClosed(
    camera="c",
    stream="main",
    run="r",
    segment="s",
    recorder_start="l",
    sequence=1,
    path="/v/s.mp4",
    ring=False,
    start=0,
    duration=1,
    frames=1,
    size=1,
    sha256="",
    parts=PackedParts.of(camera(3, 100)),
    codec="avc1.64001f",
    timescale=90_000,
    init_size=1,
    base=0,
)


def with_parts(parts: object) -> bytes:
    return json.dumps({**json.loads(codec.encode(CLOSED)), "parts": parts}).encode()


def test_a_list_of_version_0_1_is_read() -> None:
    assert codec.decode(with_parts([vars(part) for part in camera(3, 100)])) == CLOSED


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ("AgA=", r"parts: \"AgA=\" is not a packed list of parts \(version 2\)"),
        ("AQE=", r"parts: \"AQE=\" is not a packed list of parts \(it ends too early\)"),
        (7, "parts: 7 is not a packed list of parts in base64"),
        ([{"offset": 1}], r"parts\[0\].size is missing"),
    ],
)
def test_a_line_with_other_parts_is_refused(parts: object, why: str) -> None:
    with pytest.raises(WireError, match=why):
        codec.decode(with_parts(parts))
