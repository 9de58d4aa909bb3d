"""A clock that was set hides nothing that was recorded by a right one, and what was recorded by a
wrong one is led to its right time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from nvr_core.clock import SECOND
from nvr_core.state import cameras, clocks, coverage, ledger
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, Kept
from tests.core.state.telling import BEGAN, Teller, told

HOUR = 3600 * SECOND
SECOND_LIFE = "01900000-0000-7000-8000-000000000002"


@dataclass
class Set(Teller):
    """A story in which the clock is set."""

    line: int = 0
    """Monotonic less wall time, µs."""


def step(teller: Set, to: int) -> list[Kept]:
    """The clock is set while it records; a second passes until the next key frame."""
    at = teller.now
    place = {
        "camera": teller.camera,
        "stream": teller.stream,
        "gap": teller.id(),
        "cause": Cause.CLOCK,
        "recorder_start": teller.recorder_start,
    }
    line = at + teller.line
    teller.line += at - to
    opened = GapOpened(**place, wall=at, monotonic=line)  # type: ignore[arg-type] # fields of both
    closed = GapClosed(**place, wall=to + SECOND, monotonic=line + SECOND)  # type: ignore[arg-type] # fields of both
    teller.now = to + SECOND
    return [opened, closed]


def reckoned(
    connection: Connection, stream: int, began: int, ended: int
) -> tuple[int, int, dict[str, int], int]:
    """(recorded, wanted, what is missing by cause, faults of the whole life), in seconds."""
    found, missing = coverage.missing(connection, [stream], began, ended, now=ended)[stream]
    laid = coverage.lines(connection, [stream], 0, ended, now=ended)[stream]
    faults = sum(len(line.faults) for line in laid)
    causes = {cause: length // SECOND for cause, length in missing.items()}
    return found.recorded // SECOND, found.wanted // SECOND, causes, faults


def test_a_battery_that_is_empty_takes_nothing_from_the_days_before(
    connection: Connection,
) -> None:
    """Recorded, the power went, the PC came back in 1970, and a time server mended that."""
    teller = Set()
    teller.started()
    teller.record([HOUR])
    teller.recorder_start, teller.now = SECOND_LIFE, HOUR
    teller.started()
    teller.record([10 * 60 * SECOND])
    mended = BEGAN + 2 * HOUR
    teller.facts += [(mended, fact) for fact in step(teller, mended)]
    teller.record([HOUR])
    stream = told(connection, teller)
    end = teller.now
    assert end == BEGAN + 3 * HOUR + SECOND
    # The hour between the power cut and the mended clock is missing, and no more than that.
    assert reckoned(connection, stream, BEGAN, end) == (7200, 10801, {"clock": 3601}, 0)


def test_a_first_start_in_1970_was_not_missed_for_decades(connection: Connection) -> None:
    teller = Set(now=HOUR)
    teller.started()
    teller.record([10 * 60 * SECOND])
    teller.facts += [(BEGAN, fact) for fact in step(teller, BEGAN)]
    teller.record([HOUR])
    stream = told(connection, teller)
    month = BEGAN - 30 * 24 * HOUR
    assert reckoned(connection, stream, month, teller.now) == (3600, 3601, {"clock": 1}, 0)


def test_a_clock_of_2036_that_is_mended_leaves_what_was_told_before(
    connection: Connection,
) -> None:
    teller = Set()
    teller.started()
    teller.record([HOUR])
    teller.facts += [(BEGAN, fact) for fact in step(teller, BEGAN + 10 * 365 * 24 * HOUR)]
    teller.record([HOUR])
    teller.facts += [(BEGAN, fact) for fact in step(teller, BEGAN + 2 * HOUR + SECOND)]
    teller.record([HOUR])
    stream = told(connection, teller)
    ledger.end(connection, teller.camera, teller.stream, at=teller.now)
    assert cameras.stream(connection, teller.camera, teller.stream) == stream
    end = BEGAN + 3 * HOUR + SECOND
    recorded, wanted, causes, faults = reckoned(connection, stream, BEGAN, end)
    assert (recorded, wanted, faults) == (7199, 10801, 0)
    assert causes == {"clock": 3602}


def test_a_clock_that_was_set_back_within_a_second_leaves_what_is_recorded_then(
    connection: Connection,
) -> None:
    """A recorder began a month ahead; the next one was set right before its first key frame."""
    teller = Set()
    teller.started()
    teller.record([HOUR])
    right = teller.now
    teller.miss(Cause.RECORDER_STOPPED, 30 * 24 * HOUR)
    teller.record([60 * SECOND])
    teller.recorder_start = SECOND_LIFE
    teller.started()
    teller.miss(Cause.RECORDER_STOPPED, 0)
    assert teller.gap is not None
    at, line = teller.gap.wall, teller.gap.monotonic
    closed = replace(teller.closing(teller.gap, at), monotonic=line + SECOND)
    teller.tell(closed)
    teller.gap, teller.now = None, right + 10 * SECOND
    teller.record([HOUR])
    stream = told(connection, teller)
    assert reckoned(connection, stream, BEGAN, teller.now) == (
        7200,
        7210,
        {"recorder-stopped": 10},
        0,
    )


def doubted(connection: Connection, stream: int) -> list[tuple[int, int]]:
    """(seconds of footage, seconds by which its clock was set later)."""
    found = clocks.doubts(connection, stream)
    return [((one.ended - one.began) // SECOND, one.by // SECOND) for one in found]


def test_footage_of_a_clock_that_was_mended_leads_to_its_right_time(
    connection: Connection,
) -> None:
    teller = Set(now=HOUR)
    teller.started()
    teller.record([600 * SECOND])
    teller.facts += [(BEGAN, fact) for fact in step(teller, BEGAN)]
    teller.record([HOUR])
    stream = told(connection, teller)
    by = BEGAN - HOUR - 600 * SECOND
    assert doubted(connection, stream) == [(600, by // SECOND)]
    said = clocks.doubts_of(connection, teller.camera, "main", BEGAN - HOUR, BEGAN)
    assert [one.began + one.by for one in said] == [BEGAN - 600 * SECOND]
    assert clocks.doubts_of(connection, teller.camera, "main", BEGAN - 9 * HOUR, BEGAN - HOUR) == []
    assert clocks.doubts_of(connection, "nobody", "main", 0, BEGAN) == []


def test_only_what_was_recorded_while_the_clock_was_wrong_is_doubted(
    connection: Connection,
) -> None:
    """An hour fast for half an hour, and set back: the gap of the step back has no length."""
    teller = Set()
    teller.started()
    teller.record([600 * SECOND])
    teller.facts += [(BEGAN, fact) for fact in step(teller, teller.now + HOUR)]
    teller.record([1800 * SECOND])
    teller.facts += [(BEGAN, fact) for fact in step(teller, teller.now - HOUR)]
    teller.record([900 * SECOND])
    stream = told(connection, teller)
    assert doubted(connection, stream) == [(1800, -3600)]


def test_without_a_step_nothing_is_doubted(connection: Connection) -> None:
    teller = Set()
    teller.started()
    teller.record([HOUR])
    teller.miss(Cause.NETWORK_LOSS, HOUR)
    teller.record([HOUR])
    assert doubted(connection, told(connection, teller)) == []
