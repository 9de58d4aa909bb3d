"""Parts come back as they were, whatever a recorder told, and a minute of them is small."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.state import parts
from nvr_core.wire.facts import Part

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
    assert parts.unpack(parts.pack(told)) == tuple(told)


@pytest.mark.parametrize(("jitter", "most"), [(0, 200), (100, 270), (2000, 330), (60_000, 400)])
def test_sixty_parts_are_small(jitter: int, most: int) -> None:
    told = camera(60, jitter)
    packed = parts.pack(told)
    assert len(packed) <= most < 512
    assert parts.unpack(packed) == tuple(told)


@given(st.binary(max_size=300))
def test_damaged_bytes_are_said_to_be(damaged: bytes) -> None:
    # Nothing else is raised, whatever the bytes.
    with contextlib.suppress(parts.Torn):
        parts.unpack(damaged)


def test_every_cut_is_noticed() -> None:
    packed = parts.pack(camera(20, 100))
    for cut in range(len(packed)):
        with pytest.raises(parts.Torn):
            parts.unpack(packed[:cut])


def test_no_parts() -> None:
    assert parts.unpack(parts.pack([])) == ()
