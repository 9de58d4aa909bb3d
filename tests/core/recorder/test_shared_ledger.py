"""A stream has one who answers for it at a time, and what is told of it has no seam."""

from __future__ import annotations

from dataclasses import dataclass, field

from nvr_core.clock import SECOND
from nvr_core.recorder.shared_ledger import SharedLedger
from nvr_core.wire.facts import Cause, GapClosed, GapOpened
from nvr_core.wire.succession import Left

from .test_ledger import MovedClock

STREAM = "camera/main"
WHY = "renewed"


@dataclass
class Two:
    """An old recorder's ledger and a new one's, on one clock, that tell into one journal."""

    clock: MovedClock = field(default_factory=MovedClock)
    told: list[GapOpened | GapClosed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.old, self.new = self._ledger("old"), self._ledger("new")
        self.new.wait_for([STREAM])
        self.old.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
        self.old.kept(STREAM, *self.now)
        self.told.clear()

    @property
    def now(self) -> tuple[int, int]:
        return self.clock.wall(), self.clock.monotonic()

    def later(self, seconds: float = 1.0) -> tuple[int, int]:
        self.clock.now += int(seconds * SECOND)
        return self.now

    def _ledger(self, start: str) -> SharedLedger:
        ids = iter(range(10**6))

        def tell(fact: GapOpened | GapClosed) -> int:
            self.told.append(fact)
            return len(self.told)

        return SharedLedger(self.clock, start, tell, lambda: f"{start}-{next(ids)}")


def test_what_is_kept_by_both_for_a_moment_is_told_by_nobody() -> None:
    two = Two()
    two.new.missing(STREAM, Cause.WAITING_FOR_KEY_FRAME)
    two.new.kept(STREAM, *two.later())
    left = two.old.hand_over(STREAM, two.later())
    two.new.take_over(left, WHY)
    assert two.told == []
    assert two.new.cause(STREAM) is None
    assert two.new.knows(STREAM)
    two.new.missing(STREAM, Cause.CAMERA_SILENT)
    assert [fact.recorder_start for fact in two.told] == ["new"]


def test_what_the_new_one_does_not_keep_yet_is_missing_since_the_old_ones_end() -> None:
    two = Two()
    two.new.missing(STREAM, Cause.DEVICE_FULL, "one viewer only")
    assert two.new.cause(STREAM) is Cause.DEVICE_FULL
    end = two.later()
    left = two.old.hand_over(STREAM, end)
    two.later()
    two.new.take_over(left, WHY)
    two.new.kept(STREAM, *two.later())
    opened, closed = two.told
    assert isinstance(opened, GapOpened)
    assert (opened.cause, opened.sentence) == (Cause.RECORDER_STOPPED, WHY)
    assert (opened.wall, opened.monotonic) == end
    assert (closed.gap, closed.wall) == (opened.gap, two.clock.wall())


def test_a_hole_between_the_two_is_told() -> None:
    two = Two()
    end = two.later()
    left = two.old.hand_over(STREAM, end)
    begun = two.later(2.0)
    two.new.kept(STREAM, *begun)
    two.new.take_over(left, WHY)
    assert [(type(fact), fact.wall) for fact in two.told] == [
        (GapOpened, end[0]),
        (GapClosed, begun[0]),
    ]


def test_a_gap_goes_on_under_its_own_id() -> None:
    two = Two()
    two.old.missing(STREAM, Cause.CAMERA_UNREACHABLE, "no answer")
    two.new.missing(STREAM, Cause.CAMERA_UNREACHABLE, "no answer")
    two.later()
    two.new.take_over(two.old.hand_over(STREAM, None), WHY)
    assert len(two.told) == 1
    assert two.new.streams == {STREAM}
    two.new.kept(STREAM, *two.later())
    opened, closed = two.told
    assert closed.gap == opened.gap
    assert closed.recorder_start == "new"
    assert two.new.streams == set()
    assert two.old.streams == set()


def test_a_pause_that_begins_with_the_new_one_is_a_pause() -> None:
    two = Two()
    two.new.missing(STREAM, Cause.BY_SCHEDULE)
    two.new.take_over(two.old.hand_over(STREAM, two.later()), WHY)
    assert [fact.cause for fact in two.told] == [Cause.BY_SCHEDULE]


def test_what_is_only_in_memory_has_no_gap() -> None:
    two = Two()
    two.old.ended(STREAM)
    left = two.old.hand_over(STREAM, None)
    assert left == Left(stream=STREAM)
    two.new.take_over(left, WHY)
    assert two.told == []
    assert not two.new.knows(STREAM)


def test_a_stream_that_is_taken_back_is_missing_since_it_was_handed_over() -> None:
    two = Two()
    end = two.later()
    left = two.old.hand_over(STREAM, end)
    two.later()
    two.old.take_back(left, WHY)
    (opened,) = two.told
    assert (opened.wall, opened.cause) == (end[0], Cause.RECORDER_STOPPED)
    two.old.kept(STREAM, *two.later())
    assert two.told[-1].gap == opened.gap


def test_a_gap_that_is_taken_back_goes_on() -> None:
    two = Two()
    two.old.missing(STREAM, Cause.CAMERA_SILENT)
    left = two.old.hand_over(STREAM, None)
    two.old.take_back(left, WHY)
    assert two.old.cause(STREAM) is Cause.CAMERA_SILENT
    assert len(two.told) == 1
