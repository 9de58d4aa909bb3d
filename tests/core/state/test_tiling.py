"""A line is what was told, each moment once; what does not fit is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.state import tiling
from nvr_core.state.tiling import Fault, Kind, Piece
from nvr_core.wire.facts import Cause

LOST = Cause.NETWORK_LOSS.value
CAUSES = st.sampled_from([None, None, LOST, Cause.BY_SCHEDULE.value, Cause.CLOCK.value])


def s(seconds: float) -> int:
    return round(seconds * SECOND)


def run(began: float, ended: float, told: int = 1) -> Piece:
    return Piece(s(began), s(ended), told)


def gap(began: float, ended: float, told: int = 2, cause: str = LOST) -> Piece:
    return Piece(s(began), s(ended), told, cause)


def spans(line: tiling.Line) -> list[tuple[float, float, str | None]]:
    return [(one.began / SECOND, one.ended / SECOND, one.cause) for one in line.pieces]


def test_borders_that_are_near_are_one_and_the_run_gives() -> None:
    line = tiling.lay(0, s(30), [run(0.05, 9.96), gap(10, 20), run(19.93, 30.02, 3)])
    assert spans(line) == [(0, 10, None), (10, 20, LOST), (20, 30, None)]
    assert line.faults == ()


def test_two_runs_that_nearly_touch_are_no_hole() -> None:
    line = tiling.lay(0, s(20), [run(0, 10), run(10.08, 20, 2)])
    assert line.faults == ()
    assert tiling.length(line, 0, s(20)) == (s(20), s(20))


def test_a_hole_of_which_nothing_is_said_is_named() -> None:
    line = tiling.lay(0, s(30), [run(1, 10), run(12, 20, 2)])
    assert line.faults == (
        Fault(Kind.UNTOLD, 0, s(1)),
        Fault(Kind.UNTOLD, s(10), s(12)),
        Fault(Kind.UNTOLD, s(20), s(30)),
    )
    assert tiling.length(line, 0, s(30)) == (s(17), s(30))


def test_what_is_told_twice_is_named_and_counted_once() -> None:
    line = tiling.lay(0, s(30), [run(0, 20), gap(10, 30)])
    assert line.faults == (Fault(Kind.TWICE, s(10), s(20)),)
    assert tiling.length(line, 0, s(30)) == (s(10), s(30))
    twice = tiling.lay(0, s(30), [gap(0, 20, 1), gap(10, 30, 2)])
    assert twice.faults == (Fault(Kind.TWICE, s(10), s(20)),)


def test_what_is_told_outside_a_lifetime_is_named() -> None:
    line = tiling.lay(s(5), s(10), [run(0, 10), gap(10, 12)])
    assert line.faults == (Fault(Kind.OUTSIDE, 0, s(5)), Fault(Kind.OUTSIDE, s(10), s(12)))


def test_a_clock_that_was_set_back_is_no_fault_and_the_later_run_owns() -> None:
    pieces = [run(0, 100, 1), gap(50, 55, 2, Cause.CLOCK.value), run(55, 80, 3), gap(80, 90, 4)]
    line = tiling.lay(0, s(100), pieces)
    assert line.faults == ()
    assert spans(line)[0] == (0, 50, None)
    assert tiling.length(line, 0, s(100)) == (s(85), s(100))


def test_a_stream_that_ends_while_recorded_ends_with_its_last_frame() -> None:
    assert tiling.lay(0, s(10), [run(0, 9)]).faults == ()
    assert tiling.lay(0, s(10), [run(0, 9)]).ended == s(9)
    assert tiling.lay(0, s(10), [run(0, 9)], last=0).faults == (Fault(Kind.UNTOLD, s(9), s(10)),)
    assert tiling.lay(0, s(10), [gap(0, 9)]).faults == (Fault(Kind.UNTOLD, s(9), s(10)),)


def test_pauses_are_not_wanted() -> None:
    pause = gap(10, 20, 2, Cause.BY_PERSON.value)
    line = tiling.lay(0, s(40), [run(0, 10), pause, run(20, 40, 3)])
    assert tiling.length(line, 0, s(40)) == (s(30), s(30))
    assert tiling.length(line, s(5), s(15)) == (s(5), s(5))
    assert tiling.length(line, s(12), s(18)) == (0, 0)


def test_nothing_told_of_a_lifetime_is_one_hole() -> None:
    assert tiling.lay(0, s(5), []).faults == (Fault(Kind.UNTOLD, 0, s(5)),)


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(-5, 45), st.integers(0, 20), CAUSES), max_size=12),
)
def test_each_second_belongs_to_what_was_told_last(
    length: int, told: list[tuple[int, int, str | None]]
) -> None:
    pieces = [
        Piece(s(began), s(began + lasts), number, cause)
        for number, (began, lasts, cause) in enumerate(told)
    ]
    line = tiling.lay(0, s(length), pieces, last=0)
    at = 0
    for piece in line.pieces:
        assert piece.began >= at
        assert piece.ended > piece.began
        at = piece.ended
    assert at <= s(length)
    recorded = wanted = 0
    untold = []
    for second in range(length):
        there = [
            number
            for number, (began, lasts, _) in enumerate(told)
            if began <= second < began + lasts
        ]
        owner = told[max(there)][2] if there else LOST
        recorded += owner is None
        wanted += owner not in tiling.PAUSES
        if not there:
            untold.append(second)
    assert tiling.length(line, 0, s(length)) == (s(recorded), s(wanted))
    holes = [fault for fault in line.faults if fault.kind is Kind.UNTOLD]
    assert sum(fault.ended - fault.began for fault in holes) == s(len(untold))
