from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.recording.segments import Segment
from nvr_core.recording.timeline import SHAPES, holes, owned
from nvr_core.state.history import Gap
from nvr_core.wire.facts import Cause

HOUR = 3600 * SECOND


def segment(order: int, start: int, duration: int, run: str) -> Segment:
    return Segment(
        segment=str(order), camera="c", stream="main", run=run, order=order, path="", ring=False,
        start=start, codec="", timescale=90_000, init_size=0, base=0, width=0, height=0,
        duration=duration,
    )  # fmt: skip


def gap(start: int, end: int | None, cause: Cause = Cause.CAMERA_UNREACHABLE) -> Gap:
    return Gap(
        gap=str(start), stream=1, cause=cause, told_cause=cause, refined_by=None, began=start,
        ended=end, sentence="", filled=0,
    )  # fmt: skip


def test_gaps_are_merged_only_when_there_are_too_many() -> None:
    few = [gap(n * HOUR, n * HOUR + SECOND) for n in range(24)]
    assert [hole.start for hole in holes(few, 0, 24 * HOUR)] == [n * HOUR for n in range(24)]
    many = [
        gap(n * 20 * SECOND, n * 20 * SECOND + (5 if n == 50 else 1) * SECOND, cause)
        for n in range(4320)
        for cause in [Cause.DISK_SLOW if n == 50 else Cause.NETWORK_LOSS]
    ]
    merged = holes(many, 0, 24 * HOUR)
    assert len(merged) <= SHAPES
    assert sum(hole.count for hole in merged) == 4320
    there = [hole for hole in merged if hole.start <= 1000 * SECOND < (hole.end or 0)]
    assert [hole.cause for hole in there] == [Cause.DISK_SLOW]


def test_a_brief_gap_is_one_with_the_gap_it_touches() -> None:
    away = [
        gap(0, 20_000, Cause.WAITING_FOR_KEY_FRAME),
        gap(20_000, 30 * SECOND, Cause.CAMERA_UNREACHABLE),
        gap(30 * SECOND, 31 * SECOND, Cause.WAITING_FOR_KEY_FRAME),
        gap(40 * SECOND, 41 * SECOND, Cause.DISK_SLOW),
        gap(41 * SECOND, 50 * SECOND, Cause.POWER),
        gap(50 * SECOND, 60 * SECOND, Cause.CLOCK),
        gap(60 * SECOND, None, Cause.CAMERA_UNREACHABLE),
    ]
    assert [(hole.start, hole.end, hole.cause, hole.count) for hole in holes(away, 0, HOUR)] == [
        (0, 31 * SECOND, Cause.CAMERA_UNREACHABLE, 1),
        (40 * SECOND, 50 * SECOND, Cause.POWER, 1),
        (50 * SECOND, 60 * SECOND, Cause.CLOCK, 1),
        (60 * SECOND, None, Cause.CAMERA_UNREACHABLE, 1),
    ]
    lasting = [gap(0, SECOND, Cause.WAITING_FOR_KEY_FRAME), gap(SECOND, None, Cause.CAMERA_SILENT)]
    ((only),) = holes(lasting, 0, HOUR)
    assert (only.start, only.end, only.cause) == (0, None, Cause.CAMERA_SILENT)


def test_a_gap_that_goes_on_has_no_end() -> None:
    (hole,) = holes([gap(5 * SECOND, None)], 0, 10 * SECOND)
    assert hole.end is None
    assert holes([gap(50 * SECOND, None)], 0, 10 * SECOND) == []


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30), st.sampled_from("ab")), max_size=12)
)
def test_no_moment_is_owned_by_two_runs(spans: list[tuple[int, int, str]]) -> None:
    segments = [
        segment(order, start, length, run) for order, (start, length, run) in enumerate(spans)
    ]
    pieces = owned(segments)
    for moment in range(80):
        owners = {piece.segment.run for piece in pieces if piece.start <= moment < piece.end}
        claims = [one for one in segments if one.start <= moment < one.end]
        assert len(owners) == bool(claims)
        if claims:
            assert owners == {max(claims, key=lambda one: one.order).run}
