"""The head of a fragment: every field where the standard wants it, quickly, and within bounds."""

from __future__ import annotations

import struct
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media import boxes, fragment
from nvr_core.media.errors import MediaError
from nvr_core.media.samples import parse_moof

sizes = st.integers(0, 1 << 20)
offsets = st.integers(-(1 << 31), (1 << 31) - 1)
u32 = st.integers(0, (1 << 32) - 1)
entries = st.lists(
    st.tuples(u32, sizes, st.sampled_from((fragment.KEY, fragment.DELTA)), offsets),
    min_size=1,
    max_size=40,
)


@given(
    entries=entries,
    plain=st.booleans(),
    sequence=u32,
    base=st.integers(0, (1 << 62)),
    wall=st.integers(0, 4_230_000_000_000_000),
)
def test_all_that_is_put_in_is_read_back(
    entries: list[tuple[int, int, int, int]], plain: bool, sequence: int, base: int, wall: int
) -> None:
    if plain:
        entries = [(*e[:3], 0) for e in entries]
    made = fragment.head(sequence, base, entries, wall, base + 7)
    total = sum(e[1] for e in entries)
    prft, moof = list(boxes.walk(made[:-8]))
    assert (prft.kind, moof.kind, prft.end) == (b"prft", b"moof", fragment.PRFT_SIZE)
    assert made[-8:] == struct.pack(">I4s", 8 + total, b"mdat")
    version_flags, track, ntp, ticks = struct.unpack(">IIQQ", made[8:32])
    assert (version_flags, track, ticks) == (1 << 24 | 24, 1, base + 7)
    assert fragment.wall_of(ntp) == wall
    mfhd = boxes.find(made[:-8], b"moof.mfhd")
    assert mfhd is not None
    assert int.from_bytes(made[mfhd.body + 4 : mfhd.end], "big") == sequence
    dts, at = base, len(made)
    for entry, sample in zip(entries, parse_moof(made[moof.start : moof.end], 32), strict=True):
        duration, size, flags, shift = entry
        assert sample == (dts, dts + shift, duration, flags == fragment.KEY, at, size)
        dts, at = dts + duration, at + size


def test_the_offsets_cost_nothing_when_there_are_none() -> None:
    plain = fragment.head(1, 0, [(3600, 10, fragment.DELTA, 0)] * 12, 0, 0)
    shifted = fragment.head(1, 0, [(3600, 10, fragment.DELTA, 3600)] * 12, 0, 0)
    assert len(shifted) - len(plain) == 4 * 12


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"base": -1}, id="negative decode time"),
        pytest.param({"samples": [(-1, 1, fragment.KEY, 0)]}, id="negative duration"),
        pytest.param({"samples": [(1, 1, fragment.KEY, 1 << 31)]}, id="offset of a day"),
        pytest.param({"samples": [(1, 1 << 32, fragment.KEY, 0)]}, id="4 GiB of frame"),
        pytest.param({"samples": [(1, 1, fragment.KEY, 0)] * 4001}, id="too many frames"),
        pytest.param({"wall_ticks": -5}, id="negative media time"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(wrong: dict[str, object]) -> None:
    given_: dict[str, object] = {
        "sequence": 1,
        "base": 0,
        "samples": [(3600, 10, fragment.KEY, 0)],
        "wall_us": 0,
        "wall_ticks": 0,
    }
    with pytest.raises(MediaError, match="fragment"):
        fragment.head(**(given_ | wrong))  # type: ignore[arg-type] # wrong on purpose


def test_a_fragment_of_twelve_frames_takes_less_than_15_microseconds() -> None:
    samples = [(3600, 20_000, fragment.KEY, 0)] + [(3600, 8_000, fragment.DELTA, 0)] * 11
    for shift in (0, 7200):
        shifted = [(*s[:3], shift) for s in samples]

        def build(samples: list[tuple[int, int, int, int]] = shifted) -> None:
            fragment.head(77, 900_000_000, samples, 1_790_000_000_000_000, 900_000_000)

        best = min(timeit.repeat(build, number=1000, repeat=20)) / 1000
        assert best < 15e-6, f"{best * 1e6:.1f} µs"


@pytest.mark.parametrize(
    ("wall", "year"), [(1_790_000_000_000_000, 2026), (2_200_000_000_123_456, 2039)]
)
def test_wall_times_pass_the_end_of_the_ntp_era(wall: int, year: int) -> None:
    made = fragment.head(1, 0, [(1, 1, fragment.KEY, 0)], wall, 0)
    assert fragment.wall_of(int.from_bytes(made[16:24], "big")) == wall, year
