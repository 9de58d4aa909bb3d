"""Whatever a crash left in the ledger, footage and gaps lie end to end after the correction."""

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.recorder.hindsight import (
    FOREVER,
    NEAR,
    SPANS,
    Gap,
    Line,
    Missing,
    Shorter,
    corrections,
)
from nvr_core.wire.facts import Cause


def gap(start: int, end: int | None, name: str = "gap") -> Gap:
    return Gap(name, Cause.RECORDER_STOPPED, start, 0, 1, end)


def line(footage: list[tuple[int, int]], gaps: list[Gap]) -> Line:
    return Line(gaps, footage)


def test_a_gap_gives_way_to_footage_at_its_end_in_its_middle_and_altogether() -> None:
    one = gap(10 * SECOND, 20 * SECOND)
    assert corrections(line([(15 * SECOND, 20 * SECOND)], [one]), 0) == [Shorter(one, 15 * SECOND)]
    assert corrections(line([(12 * SECOND, 15 * SECOND)], [one]), 0) == [
        Shorter(one, 12 * SECOND),
        Missing(15 * SECOND, 20 * SECOND, one.cause),
    ]
    assert corrections(line([(9 * SECOND, 21 * SECOND)], [one]), 0) == [Shorter(one, 10 * SECOND)]


def test_a_gap_that_goes_on_does_so_behind_the_footage() -> None:
    one = gap(10 * SECOND, None)
    assert corrections(line([(10 * SECOND, 15 * SECOND)], [one]), 0) == [
        Shorter(one, 10 * SECOND),
        Missing(15 * SECOND, None, one.cause),
    ]


def test_what_neither_covers_is_missing_without_a_cause_and_only_from_then_on() -> None:
    spans = line([(0, SECOND), (2 * SECOND, 3 * SECOND), (5 * SECOND, 6 * SECOND)], [])
    assert corrections(spans, 5 * SECOND) == [Missing(3 * SECOND, 5 * SECOND, None)]


def test_jitter_is_no_hole() -> None:
    spans = line([(0, SECOND), (SECOND + NEAR, 2 * SECOND)], [gap(2 * SECOND - NEAR, 3 * SECOND)])
    assert corrections(spans, 0) == []


def test_a_line_forgets_its_oldest_spans() -> None:
    spans = line([], [])
    for at in range(3 * SPANS):
        spans.kept(at, at + 1)
        spans.opened(gap(at, at + 1))
    assert (len(spans.footage), len(spans.gaps)) == (SPANS, SPANS)
    assert spans.end == 3 * SPANS


seconds = st.integers(0, 60)
spans = st.tuples(seconds, st.integers(1, 20)).map(
    lambda span: (span[0] * SECOND, (span[0] + span[1]) * SECOND)
)


@given(footage=st.lists(spans, max_size=8), gaps=st.lists(spans, max_size=6), open_at=seconds)
def test_everything_is_covered_once_after_the_correction(
    footage: list[tuple[int, int]], gaps: list[tuple[int, int]], open_at: int
) -> None:
    told = line(footage, [])
    end = 0
    for at, (start, after) in enumerate(sorted(gaps)):  # gaps never overlap each other
        if after > max(start, end):
            told.opened(gap(max(start, end), after, f"gap {at}"))
            end = after
    told.opened(gap(max(end, open_at * SECOND), None, "open"))
    for number, one in enumerate(corrections(told, 0)):
        if isinstance(one, Shorter):
            one.gap.end = one.end
        else:
            told.opened(gap(one.start, one.end, f"correction {number}"))
    assert corrections(told, 0) == []
    holes = [(g.wall, FOREVER if g.end is None else g.end) for g in told.gaps]
    said = sorted([*footage, *(hole for hole in holes if hole[0] < hole[1])])
    reached = said[0][0]
    for start, after in said:
        assert start - reached <= NEAR
        reached = max(reached, after)
    assert reached == FOREVER
    for start, after in holes:
        assert not any(a < after and start < b for a, b in footage if start < after)
