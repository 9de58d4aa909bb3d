"""A recorder goes on where the journal of the one before it ends."""

from nvr_core.clock import SECOND
from nvr_core.recorder import history
from nvr_core.recorder.ledger import Ledger
from nvr_core.wire.facts import (
    Cause,
    GapClosed,
    GapOpened,
    Kept,
    Numbered,
    RecorderStarted,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamState,
)
from nvr_core.wire.parts import PackedParts

STREAM = "camera/main"
NOW = 1_000 * SECOND


class StillClock:
    def wall(self) -> int:
        return NOW

    def monotonic(self) -> int:
        return NOW - 900 * SECOND


STARTED = RecorderStarted(
    recorder_start="r", boot="boot-1", version="1", wall=0, monotonic=0, synchronised=True
)


def opened(cause: Cause, at: int, gap: str = "gap") -> GapOpened:
    return GapOpened(
        camera="camera",
        stream="main",
        gap=gap,
        cause=cause,
        wall=at,
        monotonic=at,
        recorder_start="r",
    )


def closed(cause: Cause, at: int) -> GapClosed:
    return GapClosed(
        camera="camera",
        stream="main",
        gap="gap",
        cause=cause,
        wall=at,
        monotonic=at,
        recorder_start="r",
    )


SEGMENT = SegmentOpened(
    camera="camera",
    stream="main",
    run="r",
    segment="s",
    recorder_start="r",
    sequence=0,
    path="/v/camera/main/x.mp4",
    ring=False,
    start=800 * SECOND,
    codec="avc1",
    timescale=90000,
    init_size=1,
    base=0,
)


SEGMENT_CLOSED = SegmentClosed(
    camera="camera",
    stream="main",
    run="r",
    segment="s",
    recorder_start="r",
    sequence=0,
    path=SEGMENT.path,
    ring=False,
    start=800 * SECOND,
    duration=60 * SECOND,
    frames=1,
    size=1,
    sha256="",
    parts=PackedParts.of(()),
    codec="avc1",
    timescale=90000,
    init_size=1,
    base=0,
)


def resumed(facts: list[Kept], last_sign: int = 0, boot: str = "boot-1") -> list[Kept]:
    """What a recorder tells first after these facts."""
    numbered = [
        Numbered(number=number, at=900 * SECOND, fact=fact) for number, fact in enumerate(facts, 1)
    ]
    past = history.read(numbered, last_sign)
    told: list[Kept] = []

    def tell(fact: GapOpened | GapClosed) -> int:
        told.append(fact)
        return 100 + len(told)

    ledger = Ledger(StillClock(), "now", tell, lambda: f"new-{len(told)}", past.lines)
    history.resume(past, ledger, StillClock(), boot)
    return told


def test_a_camera_that_was_away_stays_so_until_the_last_sign_of_life() -> None:
    facts: list[Kept] = [STARTED, opened(Cause.CAMERA_UNREACHABLE, 700 * SECOND)]
    end, begin = resumed(facts, last_sign=950 * SECOND)
    assert isinstance(end, GapClosed)
    assert isinstance(begin, GapOpened)
    assert (end.gap, end.cause, end.wall) == ("gap", Cause.CAMERA_UNREACHABLE, 950 * SECOND)
    assert (begin.cause, begin.wall) == (Cause.RECORDER_STOPPED, 950 * SECOND)
    assert begin.monotonic == StillClock().monotonic() - 50 * SECOND


def test_another_boot_means_that_the_power_was_off() -> None:
    *_, begin = resumed([STARTED, opened(Cause.CAMERA_SILENT, 1)], boot="boot-2")
    assert isinstance(begin, GapOpened)
    assert begin.cause == Cause.POWER


def test_a_pause_and_an_absence_go_on() -> None:
    assert resumed([STARTED, opened(Cause.BY_SCHEDULE, 1)]) == []
    assert resumed([STARTED, opened(Cause.RECORDER_STOPPED, 1)]) == []


def test_where_no_file_can_be_found_the_absence_begins_with_the_last_thing_told() -> None:
    gap: list[Kept] = [opened(Cause.CAMERA_SILENT, 1), closed(Cause.CAMERA_SILENT, 700 * SECOND)]
    (begin,) = resumed([STARTED, *gap])
    assert isinstance(begin, GapOpened)
    assert begin.wall == 700 * SECOND
    (begin,) = resumed(
        [STARTED, *gap, SEGMENT, SegmentGone(segment="s", path=SEGMENT.path, why="empty")]
    )
    assert isinstance(begin, GapOpened)
    assert begin.wall == 700 * SECOND


def test_where_a_file_was_open_only_the_repair_can_tell_of_the_time_before() -> None:
    (begin,) = resumed([STARTED, SEGMENT])
    assert isinstance(begin, GapOpened)
    assert begin.wall == NOW


def test_a_stream_that_nobody_wants_any_more_has_no_gaps() -> None:
    ended = StreamState(camera="camera", stream="main", state="ended")
    assert resumed([STARTED, opened(Cause.CAMERA_SILENT, 1), ended]) == []


def test_a_gap_that_was_told_again_while_it_went_on_is_one() -> None:
    again: list[Kept] = [opened(Cause.CAMERA_SILENT, 1), opened(Cause.NETWORK_LOSS, 1)]
    past = history.read(Numbered(number=at, at=1, fact=fact) for at, fact in enumerate(again, 7))
    (gap,) = past.lines[STREAM].gaps
    assert (gap.number, gap.cause, gap.end) == (8, Cause.NETWORK_LOSS, None)


def test_a_gap_that_was_told_twice_ends_where_it_was_told_last() -> None:
    gap: list[Kept] = [opened(Cause.POWER, 1), closed(Cause.POWER, 9), closed(Cause.POWER, 5)]
    past = history.read(Numbered(number=1, at=1, fact=fact) for fact in gap)
    assert past.lines[STREAM].end == 5


def test_what_is_told_of_a_stream_after_its_end_does_not_make_it_wanted_again() -> None:
    ended = StreamState(camera="camera", stream="main", state="ended")
    late: list[Kept] = [SEGMENT_CLOSED, closed(Cause.CAMERA_SILENT, 850 * SECOND)]
    assert resumed([STARTED, SEGMENT, ended, *late]) == []
    again = opened(Cause.CAMERA_SILENT, 901 * SECOND, "another")
    closing, _ = resumed([STARTED, SEGMENT, ended, again, *late], last_sign=950 * SECOND)
    assert isinstance(closing, GapClosed)
    assert closing.gap == "another"
