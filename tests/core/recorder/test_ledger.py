"""Gaps and kept time touch and never overlap, whatever the order of events."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.recorder.hindsight import Gap, Line
from nvr_core.recorder.ledger import Ledger
from nvr_core.wire.facts import Cause, GapClosed, GapOpened

STREAM = "camera/main"


class MovedClock:
    """Both clocks, moved by hand; the wall clock can be set."""

    def __init__(self) -> None:
        self.now = 1_000_000_000
        self.set_by = 0

    def wall(self) -> int:
        return self.now + self.set_by + 1_700_000_000_000_000

    def monotonic(self) -> int:
        return self.now


def ledger_of(
    clock: MovedClock, lines: Mapping[str, Line] | None = None
) -> tuple[Ledger, list[GapOpened | GapClosed]]:
    told: list[GapOpened | GapClosed] = []

    def tell(fact: GapOpened | GapClosed) -> int:
        told.append(fact)
        return len(told)

    ids = iter(range(10**6))
    return Ledger(clock, "start", tell, lambda: f"gap-{next(ids)}", lines), told


def test_the_same_cause_again_says_nothing() -> None:
    ledger, told = ledger_of(MovedClock())
    ledger.missing(STREAM, Cause.CAMERA_SILENT)
    ledger.missing(STREAM, Cause.CAMERA_SILENT)
    assert len(told) == 1


def test_another_cause_ends_one_gap_where_the_next_begins() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.CAMERA_SILENT)
    clock.now += 5
    ledger.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    first, closed, second = told
    assert isinstance(first, GapOpened)
    assert isinstance(closed, GapClosed)
    assert isinstance(second, GapOpened)
    assert closed.gap == first.gap
    assert closed.monotonic == second.monotonic


def test_blame_changes_the_cause_it_is_closed_with() -> None:
    ledger, told = ledger_of(MovedClock())
    ledger.missing(STREAM, Cause.CAMERA_UNREACHABLE)
    ledger.blame(STREAM, Cause.NETWORK_LOSS)
    ledger.ended(STREAM)
    closed = told[-1]
    assert isinstance(closed, GapClosed)
    assert closed.cause == Cause.NETWORK_LOSS


def test_an_earlier_recorders_gap_goes_on_and_is_closed_under_its_own_id() -> None:
    clock = MovedClock()
    line = Line()
    line.opened(Gap("old", Cause.POWER, clock.wall() - 700, 10**15, 17))
    ledger, told = ledger_of(clock, {STREAM: line})
    assert ledger.oldest == 17
    assert ledger.cause(STREAM) == Cause.POWER
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    (closed,) = told
    assert isinstance(closed, GapClosed)
    assert closed.gap == "old"
    assert closed.monotonic == clock.monotonic()  # on this start's line, not on the earlier one's
    assert ledger.cause(STREAM) is None


def test_footage_that_turns_up_shortens_the_gap_that_goes_on() -> None:
    clock = MovedClock()
    line = Line()
    line.opened(Gap("old", Cause.RECORDER_STOPPED, clock.wall() - 9 * SECOND, 0, 17))
    ledger, told = ledger_of(clock, {STREAM: line})
    start, end = clock.wall() - 6 * SECOND, clock.wall() - 4 * SECOND
    ledger.footage(STREAM, start, end)
    ledger.settle(STREAM, lambda _: (Cause.RECORDER_STOPPED, ""), start)
    closed, opened = told
    assert isinstance(closed, GapClosed)
    assert (closed.gap, closed.wall) == ("old", start)
    assert isinstance(opened, GapOpened)
    assert opened.wall == end
    assert ledger.cause(STREAM) == Cause.RECORDER_STOPPED
    ledger.settle(STREAM, lambda _: (Cause.RECORDER_STOPPED, ""), start)
    assert len(told) == 2


def test_a_gap_ends_where_its_footage_turns_out_to_begin() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    began = clock.now
    clock.now += 3 * SECOND
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    clock.now += 60 * SECOND
    start = clock.wall() - 60 * SECOND - SECOND // 4
    ledger.footage(STREAM, start, clock.wall())
    again = told[-1]
    assert isinstance(again, GapClosed)
    assert (again.gap, again.wall) == ("gap-0", start)
    assert again.monotonic == began + 3 * SECOND - SECOND // 4
    ledger.footage(STREAM, clock.wall(), clock.wall() + SECOND)
    assert told[-1] is again


def test_a_pause_ends_where_all_that_a_ring_gave_back_begins() -> None:
    """Two segments of the ring reach into the window, and are told in the order of recording."""
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.BY_SCHEDULE)
    began = clock.wall()
    clock.now += 60 * SECOND
    opened = clock.wall()
    ledger.kept(STREAM, opened, clock.monotonic())
    ledger.footage(STREAM, opened - 10 * SECOND, opened - 4 * SECOND)
    ledger.footage(STREAM, opened - 4 * SECOND, opened - 50_000)
    last = [fact for fact in told if isinstance(fact, GapClosed)][-1]
    assert last.wall == opened - 10 * SECOND
    assert last.wall - last.monotonic == opened - clock.monotonic()
    ledger.footage(STREAM, opened - 50_000, opened + 60 * SECOND)
    ledger.footage(STREAM, began - 60 * SECOND, began - 30 * SECOND)
    assert told[-1] is last, "what lies elsewhere changes nothing"


def test_a_short_gap_behind_a_segment_stays_a_gap() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    began = clock.wall()
    clock.now += 60 * SECOND
    ledger.missing(STREAM, Cause.RECORDER_STOPPED)
    clock.now += 30_000
    ledger.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    before = len(told)
    ledger.footage(STREAM, began, began + 60 * SECOND)
    assert len(told) == before


def test_a_clock_that_is_set_bends_no_monotonic_time_of_an_older_gap() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    clock.now += 3 * SECOND
    ended = clock.now
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    start = clock.wall() - SECOND // 4
    clock.now += 60 * SECOND
    end = clock.wall()
    clock.set_by = 3600 * SECOND
    ledger.footage(STREAM, start, end)
    again = told[-1]
    assert isinstance(again, GapClosed)
    assert (again.wall, again.monotonic) == (start, ended - SECOND // 4)


def test_a_gap_in_which_the_clock_was_set_ends_by_the_clock_of_its_end() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.CAMERA_SILENT)
    clock.now += 3 * SECOND
    clock.set_by = 3600 * SECOND
    ledger.stepped()
    clock.now += 3 * SECOND
    ended = clock.now
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    start = clock.wall() - SECOND // 4
    clock.now += 60 * SECOND
    ledger.footage(STREAM, start, clock.wall())
    again = told[-1]
    assert isinstance(again, GapClosed)
    assert (again.wall, again.monotonic) == (start, ended - SECOND // 4)


def test_footage_of_a_clock_that_was_set_back_shortens_no_gap_of_the_clock_before() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.CAMERA_SILENT)
    clock.now += 600 * SECOND
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    clock.now += 300 * SECOND
    clock.set_by = -600 * SECOND
    ledger.stepped()
    start = clock.wall()
    clock.now += 700 * SECOND
    count = len(told)
    ledger.footage(STREAM, start, clock.wall())
    ledger.settle(STREAM, lambda _: (Cause.DISK_FULL, ""), start)
    assert len(told) == count


def test_footage_that_is_told_after_the_stream_has_ended_lies_in_no_gap() -> None:
    """Copies from the ring wait for the disk, and nobody wants the stream any more."""
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    begun = clock.wall()
    clock.now += 9 * SECOND
    ledger.ended(STREAM)
    over = clock.wall()
    ledger.missing(STREAM, Cause.CAMERA_SILENT)  # somebody wants it again at once
    for start, end in ((1, 4), (4, 7), (7, 9)):
        ledger.footage(STREAM, begun + start * SECOND, begun + end * SECOND)
    opened = {fact.gap: fact for fact in told if isinstance(fact, GapOpened)}
    closed = {fact.gap: fact for fact in told if isinstance(fact, GapClosed)}
    spans = {
        (gap.wall, closed[name].wall if name in closed else None) for name, gap in opened.items()
    }
    real = {span for span in spans if span[0] != span[1]}
    assert real == {(begun, begun + SECOND), (over, None)}
    assert all(fact.monotonic >= opened[name].monotonic for name, fact in closed.items())


def test_what_nobody_could_tell_is_told_with_the_cause_of_the_absence() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    start, end = clock.wall() - 6 * SECOND, clock.wall() - 4 * SECOND
    ledger.footage(STREAM, start, end)
    ledger.settle(STREAM, lambda _: (Cause.POWER, "off"), start)
    opened, closed = told[1:]
    assert isinstance(opened, GapOpened)
    assert (opened.wall, opened.cause, opened.sentence) == (end, Cause.POWER, "off")
    assert isinstance(closed, GapClosed)
    assert (closed.gap, closed.wall) == (opened.gap, clock.wall())
    assert ledger.cause(STREAM) == Cause.WAITING_FOR_KEY_FRAME


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["missing", "kept", "ended"]),
            st.sampled_from(list(Cause)),
            st.integers(0, 50),
            st.integers(-30, 0),
        ),
        max_size=40,
    )
)
def test_gaps_of_a_stream_never_overlap(steps: list[tuple[str, Cause, int, int]]) -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    for kind, cause, passed, back in steps:
        clock.now += passed
        moment = (clock.wall() + back, clock.now + back)
        if kind == "missing":
            ledger.missing(STREAM, cause)
        elif kind == "kept":
            ledger.kept(STREAM, *moment)
        else:
            ledger.ended(STREAM)
    reached = 0
    for fact in told:
        assert fact.monotonic >= reached
        reached = fact.monotonic
    opened = [fact.gap for fact in told if isinstance(fact, GapOpened)]
    closed = [fact.gap for fact in told if isinstance(fact, GapClosed)]
    assert opened[: len(closed)] == closed
    assert len(opened) - len(closed) in (0, 1)


def test_a_gap_that_was_told_inside_a_segment_was_none() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    begun = clock.wall()
    clock.now += SECOND
    ledger.missing(STREAM, Cause.RECORDER_STOPPED)
    clock.now += SECOND
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    clock.now += SECOND
    ledger.footage(STREAM, begun, clock.wall())
    opened, _, closed = told
    assert (closed.gap, closed.wall) == (opened.gap, opened.wall)
    ledger.footage(STREAM, begun, clock.wall())
    assert len(told) == 3
