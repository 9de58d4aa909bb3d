"""Gaps and kept time touch and never overlap, whatever the order of events."""

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.recorder.ledger import Ledger, OpenGap
from nvr_core.wire.facts import Cause, GapClosed, GapOpened

STREAM = "camera/main"


class MovedClock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000_000

    def wall(self) -> int:
        return self.now + 1_700_000_000_000_000

    def monotonic(self) -> int:
        return self.now


def ledger_of(clock: MovedClock) -> tuple[Ledger, list[GapOpened | GapClosed]]:
    told: list[GapOpened | GapClosed] = []

    def tell(fact: GapOpened | GapClosed) -> int:
        told.append(fact)
        return len(told)

    ids = iter(range(10**6))
    return Ledger(clock, "start", tell, lambda: f"gap-{next(ids)}"), told


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


def test_an_adopted_gap_is_closed_under_its_own_id() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.adopt(STREAM, OpenGap("old", Cause.POWER, 5, 5, 17))
    assert ledger.oldest == 17
    ledger.kept(STREAM, clock.wall(), clock.monotonic())
    (closed,) = told
    assert isinstance(closed, GapClosed)
    assert closed.gap == "old"
    assert ledger.cause(STREAM) is None


def test_what_a_repair_recalls_ends_where_this_recorder_began() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    ledger.missing(STREAM, Cause.RECORDER_STOPPED)
    began = clock.now
    clock.now += 700
    ledger.recall(STREAM, Cause.RECORDER_STOPPED, "", (clock.wall() - 900, clock.now - 900))
    opened, closed = told[-2:]
    assert isinstance(opened, GapOpened)
    assert isinstance(closed, GapClosed)
    assert opened.monotonic == began - 200
    assert closed.monotonic == began
    assert ledger.cause(STREAM) == Cause.RECORDER_STOPPED


def test_a_repair_that_reaches_beyond_the_start_recalls_nothing() -> None:
    clock = MovedClock()
    ledger, told = ledger_of(clock)
    clock.now += 100
    ledger.recall(STREAM, Cause.RECORDER_STOPPED, "", (clock.wall(), clock.now))
    assert told == []


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
