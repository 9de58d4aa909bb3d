"""Frames into fragments: none lost, none twice, key frames first, and never too long."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.access_unit import LIMIT
from nvr_core.media.decode_time import Backwards
from nvr_core.media.errors import MediaError
from nvr_core.media.fragment import DELTA, KEY
from nvr_core.media.fragmenter import MOST, Fragment, Fragmenter

SECOND = 90_000


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.fragments: list[Fragment] = []

    def fragment(self, fragment: Fragment) -> None:
        self.fragments.append(fragment)


def cut(
    frames: list[tuple[int, bool, bytes]], limit: int = SECOND // 2, opening: int = SECOND // 4
) -> list[Fragment]:
    kept = Kept()
    fragmenter = Fragmenter(kept, 0, 3600)
    fragmenter.limit, fragmenter.opening_limit = limit, opening
    for pts, key, data in frames:
        fragmenter.frame(pts, key, bytearray(data), False)
    fragmenter.finish()
    return kept.fragments


@given(st.lists(st.tuples(st.integers(1, 30_000), st.booleans(), st.binary(max_size=4))))
def test_every_frame_comes_out_once_at_its_time(steps: list[tuple[int, bool, bytes]]) -> None:
    pts = SECOND
    frames = []
    for step, key, data in steps:
        frames.append((pts, key, data))
        pts += step
    made = cut(frames)
    at = SECOND
    out = []
    for fragment in made:
        assert fragment.base == at
        assert fragment.size == sum(len(p) for p in fragment.pieces)
        assert fragment.key == (fragment.samples[0][2] == KEY)
        limit = SECOND // 4 if fragment.key else SECOND // 2
        *before, _ = fragment.samples
        assert sum(s[0] for s in before) <= limit, "but for one frame that lasts unusually long"
        flags = [s[2] for s in fragment.samples]
        assert all(b != KEY or a == KEY for a, b in pairwise(flags))
        for (duration, size, flag, shift), piece in zip(
            fragment.samples, fragment.pieces, strict=True
        ):
            assert (shift, size) == (0, len(piece))
            out.append((at, flag == KEY, bytes(piece)))
            at += duration
    assert out == frames


def test_sound_of_half_a_second_is_one_fragment() -> None:
    made = cut([(n * 1800, True, b"x") for n in range(100)])
    assert {len(f.samples) for f in made[:-1]} == {12}
    assert all(f.key for f in made)


def test_a_fragment_ends_before_a_key_frame() -> None:
    made = cut([(n * 3600, n % 5 == 0, b"x") for n in range(20)], opening=SECOND)
    assert [len(f.samples) for f in made] == [5] * 4
    assert all([s[2] for s in f.samples] == [KEY, *[DELTA] * 4] for f in made)


def test_frames_that_last_no_time_do_not_gather_for_ever() -> None:
    made = cut([(n, n == 0, b"x") for n in range(1700)])
    assert max(len(f.samples) for f in made) == MOST


def test_two_pieces_of_one_picture_are_one_frame() -> None:
    made = cut([(0, True, b"ab"), (0, False, b"cd"), (3600, False, b"e")])
    assert [bytes(p) for f in made for p in f.pieces] == [b"abcd", b"e"]


def test_pieces_of_one_picture_do_not_gather_for_ever() -> None:
    kept = Kept()
    fragmenter = Fragmenter(kept, 0, 3600)
    piece = b"x" * (1 << 20)
    tracemalloc.start()
    try:
        for _ in range(LIMIT >> 20):
            fragmenter.frame(0, True, bytearray(piece), False)
        for _ in range(100):
            with pytest.raises(MediaError, match="16 MiB") as caught:
                fragmenter.frame(0, True, bytearray(piece), False)
            assert not isinstance(caught.value, Backwards), "it is no reason to begin anew"
        assert tracemalloc.get_traced_memory()[1] < 3 * LIMIT
    finally:
        tracemalloc.stop()
    fragmenter.frame(3600, False, bytearray(b"next"), False)
    fragmenter.finish()
    assert [len(p) for f in kept.fragments for p in f.pieces] == [LIMIT, 4]


def test_large_frames_that_last_no_time_do_not_gather_for_ever() -> None:
    made = cut([(n, n == 0, b"x" * (1 << 20)) for n in range(60)])
    assert max(f.size for f in made) <= LIMIT + (1 << 20)


def test_a_step_back_is_passed_on_and_what_came_before_is_kept() -> None:
    kept = Kept()
    fragmenter = Fragmenter(kept, 0, 3600)
    fragmenter.limit = fragmenter.opening_limit = SECOND
    fragmenter.frame(10 * SECOND, True, bytearray(b"a"), False)
    with pytest.raises(Backwards):
        fragmenter.frame(SECOND, True, bytearray(b"b"), False)
    fragmenter.finish()
    assert [bytes(p) for f in kept.fragments for p in f.pieces] == [b"a"]


def test_damage_is_counted_where_it_is() -> None:
    kept = Kept()
    fragmenter = Fragmenter(kept, 0, 3600)
    fragmenter.limit = fragmenter.opening_limit = SECOND
    for n in range(3):
        fragmenter.frame(n * 3600, n == 0, bytearray(b"a"), n == 1)
    fragmenter.finish()
    assert [f.damaged for f in kept.fragments] == [1]
