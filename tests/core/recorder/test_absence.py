"""A schedule goes on while no recorder runs: its edges are told by the next one, at their times."""

from __future__ import annotations

from nvr_core.recorder import history
from nvr_core.recorder.absence import Absence
from nvr_core.recorder.ledger import Ledger
from nvr_core.wire.facts import Cause, Fact, GapClosed, GapOpened, Numbered, SegmentOpened
from nvr_core.wire.wants import Window
from tests.core.storage.house import MINUTE, NOON, Clock

STREAM = "gang/main"


def window(start: int, end: int) -> Window:
    """In minutes after noon."""
    return Window(start=NOON + start * MINUTE, end=NOON + end * MINUTE)


def test_edges_are_those_of_the_absence_and_change_something() -> None:
    away = Absence(since=NOON, until=NOON + 60 * MINUTE, cause=Cause.POWER, sentence="")
    windows = [window(-30, 10), window(20, 30), window(30, 40), window(50, 90), window(100, 110)]
    assert [((at - NOON) // MINUTE, wanted) for at, wanted in away.edges(windows)] == [
        (10, False),
        (20, True),
        (40, False),
        (50, True),
    ]
    back = Absence(since=NOON, until=NOON - MINUTE, cause=Cause.POWER, sentence="")
    assert back.edges(windows) == []


def restarted(*before: Fact, windows: list[Window]) -> list[tuple[str, int, int | None]]:
    """(cause, began, ended) of what is told after a recorder was away from minute 5 to 60."""
    clock = Clock()
    told = [
        Numbered(number=number, at=NOON + 5 * MINUTE, fact=fact)  # type: ignore[arg-type] # only kept facts are told
        for number, fact in enumerate(before, 1)
    ]
    past = history.read(told)
    clock.passed = 60 * MINUTE
    facts: list[GapOpened | GapClosed] = []

    def tell(fact: GapOpened | GapClosed) -> int:
        facts.append(fact)
        return len(told) + len(facts)

    ledger = Ledger(clock, "start-2", tell, lambda: f"gap-{len(facts)}", past.lines)
    history.resume(past, ledger, clock, "boot")
    ledger.planned(STREAM, windows)
    began = {fact.gap: fact.wall for fact in (*before, *facts) if isinstance(fact, GapOpened)}
    causes = {fact.gap: fact.cause for fact in (*before, *facts) if isinstance(fact, GapOpened)}
    ended = {fact.gap: fact.wall for fact in facts if isinstance(fact, GapClosed)}
    found = [
        (str(causes[gap]), (at - NOON) // MINUTE, ended[gap] and (ended[gap] - NOON) // MINUTE)
        if gap in ended
        else (str(causes[gap]), (at - NOON) // MINUTE, None)
        for gap, at in began.items()
        if ended.get(gap) != at
    ]
    return sorted(found, key=lambda one: one[1])


def pause(cause: Cause = Cause.BY_SCHEDULE) -> GapOpened:
    return GapOpened(
        camera="gang",
        stream="main",
        gap="first",
        cause=cause,
        wall=NOON,
        monotonic=0,
        recorder_start="start-1",
    )


def test_a_window_that_opened_while_no_recorder_ran_is_missing() -> None:
    assert restarted(pause(), windows=[window(20, 30), window(50, 90)]) == [
        ("by-schedule", 0, 20),
        ("recorder-stopped", 20, 30),
        ("by-schedule", 30, 50),
        ("recorder-stopped", 50, None),
    ]


def test_a_window_that_closed_while_no_recorder_ran_is_a_pause_again() -> None:
    away = pause(Cause.CAMERA_UNREACHABLE)
    assert restarted(away, windows=[window(-10, 30)]) == [
        ("camera-unreachable", 0, 5),
        ("recorder-stopped", 5, 30),
        ("by-schedule", 30, None),
    ]


def test_what_lies_between_the_last_frame_and_the_edge_is_left_to_the_repair() -> None:
    opened = SegmentOpened(
        camera="gang",
        stream="main",
        run="run",
        segment="one",
        recorder_start="start-1",
        sequence=1,
        path="/srv/one.mp4",
        ring=False,
        start=NOON + 4 * MINUTE,
        codec="",
        timescale=1,
        init_size=0,
        base=0,
    )
    assert restarted(opened, windows=[window(-10, 30), window(40, 50)]) == [
        ("by-schedule", 30, 40),
        ("by-schedule", 50, None),
    ]
    assert restarted(opened, windows=[window(-10, 30), window(40, 90)]) == [
        ("by-schedule", 30, 40),
        ("recorder-stopped", 60, None),
    ]


def test_a_person_s_pause_goes_on_whatever_the_schedule_says() -> None:
    told = restarted(pause(Cause.BY_PERSON), windows=[window(20, 30)])
    assert told == [("by-person", 0, None)]
