"""Decode times: exact where the depth is known, playable where it is not, and never backwards."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.decode_time import MAX_DEPTH, Backwards, DecodeTimes

TICKS = 3600
T0 = 1 << 32


def reordered(depth: int, choices: list[int]) -> list[int]:
    """A decode order of one frame more than choices in which no frame comes more than depth late.

    Each choice takes one of the depth + 1 earliest frames that are still to be decoded; a frame
    passed over `depth` times must come at once.
    """
    waiting = list(range(1, len(choices) + 1))
    order = [0]  # a run begins with a key frame, shown first
    for choice in choices:
        ahead = sum(1 for other in order if other > waiting[0])
        taken = 0 if ahead >= depth else min(choice % (depth + 1), len(waiting) - 1)
        order.append(waiting.pop(taken))
    return order


def late(order: list[int]) -> int:
    """The reorder depth that an order really has."""
    return max(sum(1 for b in order[:i] if b > a) for i, a in enumerate(order))


orders = st.integers(0, 4).flatmap(
    lambda depth: st.lists(st.integers(0, 4), min_size=20, max_size=60).map(
        lambda choices: (depth, reordered(depth, choices))
    )
)


def times(depth: int, pts: list[int]) -> list[int]:
    decode = DecodeTimes(depth, TICKS)
    return [decode.push(p) for p in pts]


@given(orders)
def test_with_the_declared_depth_decode_times_are_the_presentation_times_so_many_frames_ago(
    made: tuple[int, list[int]],
) -> None:
    depth, order = made
    pts = [T0 + n * TICKS for n in order]
    got = times(depth, pts)
    assert late(order) <= depth
    assert got[depth:] == sorted(pts)[: len(pts) - depth]
    assert got[:depth] == [T0 - (depth - i) * TICKS for i in range(depth)]
    assert all(dts <= p for dts, p in zip(got, pts, strict=True))


@given(orders, st.integers(0, 4))
def test_with_a_wrong_depth_they_still_grow_strictly_and_become_exact_again(
    made: tuple[int, list[int]], declared: int
) -> None:
    _, order = made
    total = len(order)
    order = order + [n + total for n in range(12)]
    pts = [T0 + n * TICKS for n in order]
    decode = DecodeTimes(declared, TICKS)
    got = [decode.push(p) for p in pts]
    assert all(a < b for a, b in pairwise(got))
    assert decode.depth == max(declared, late(order))
    assert got[-1] == sorted(pts)[len(pts) - 1 - decode.depth]


@given(st.lists(st.integers(-10, 1 << 34), max_size=80), st.integers(0, 20))
def test_whatever_comes_they_grow_strictly_and_are_not_negative(pts: list[int], depth: int) -> None:
    decode = DecodeTimes(depth)
    last = -1
    for p in pts:
        try:
            dts = decode.push(p)
        except Backwards:
            continue
        assert dts > last
        last = dts


def test_a_pattern_with_an_undeclared_pyramid_never_loses_a_frame_and_finds_its_depth() -> None:
    order = [0] + [4 * g + n for g in range(10) for n in (4, 2, 1, 3)]
    pts = [T0 + n * TICKS for n in order]
    decode = DecodeTimes(0, TICKS)
    got = [decode.push(p) for p in pts]
    assert decode.depth == 2
    assert got[12:] == sorted(pts)[10 : len(pts) - 2]


def test_a_line_that_starts_at_zero_stays_above_it() -> None:
    got = times(2, [n * TICKS for n in (0, 4, 2, 1, 3, 8, 6, 5, 7)])
    assert got[0] == 0
    assert got[4:] == [n * TICKS for n in (2, 3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("before", "step"),
    [
        pytest.param(30, -90000 * 10, id="ten seconds back"),
        pytest.param(3, -90000 * 10, id="ten seconds back at the very start"),
        pytest.param(30, -TICKS * 3, id="a time that was used"),
        pytest.param(30, -TICKS * 18 - 100, id="just beyond the window"),
    ],
)
def test_a_step_back_is_reported_and_the_frame_was_not_taken(before: int, step: int) -> None:
    decode = DecodeTimes(0, TICKS)
    for n in range(before):
        decode.push(T0 + n * TICKS)
    with pytest.raises(Backwards, match="presentation time"):
        decode.push(T0 + before * TICKS + step)
    assert decode.depth == 0
    assert decode.push(T0 + before * TICKS) == T0 + before * TICKS


def test_audio_is_never_reordered() -> None:
    decode = DecodeTimes(0, limit=0, reach=16000)
    decode.push(2048)
    with pytest.raises(Backwards):
        decode.push(1024)


def test_no_depth_is_believed_that_no_level_allows() -> None:
    assert DecodeTimes(99).depth == MAX_DEPTH


def test_a_frame_duration_out_of_this_world_does_not_move_the_start_by_seconds() -> None:
    assert DecodeTimes(2, 90000 * 60).push(T0) >= T0 - 2 * 9000
