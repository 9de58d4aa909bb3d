"""What recorders tell becomes rows once and in order, and lies end to end."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from nvr_core.clock import SECOND
from nvr_core.state import cameras, coverage, footage, history, ledger
from nvr_core.state.errors import Refused
from nvr_core.wire.facts import Cause, Numbered, SegmentClosed
from tests.core.state.telling import (
    BEGAN,
    TREMBLE,
    Teller,
    contents,
    reckoned,
    retold,
    stories,
    told,
)

ON_ONE_FILE = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MINUTE = 60 * SECOND


@ON_ONE_FILE
@given(st.data())
def test_a_story_lies_end_to_end_and_is_covered_as_it_was(
    connection: Connection, data: st.DataObject
) -> None:
    teller = data.draw(stories())
    facts = data.draw(retold(teller))
    with connection.begin_nested() as undo:
        ledger.apply(connection, "rtsp", facts)
        stream = cameras.stream(connection, teller.camera, teller.stream)
        if stream is not None:
            now = teller.now
            (laid,) = coverage.lines(connection, [stream], 0, now + MINUTE, now=now).values()
            assert [fault for line in laid for fault in line.faults] == []
            found = coverage.coverage(connection, [stream], 0, now + MINUTE, now=now)[stream]
            assert (found.recorded, found.wanted) == reckoned(teller.truth, 0, now)
            began = data.draw(st.integers(BEGAN, now))
            ended = data.draw(st.integers(began, now))
            part = coverage.coverage(connection, [stream], began, ended, now=now)[stream]
            same, causes = coverage.missing(connection, [stream], began, ended, now=now)[stream]
            assert same == part
            assert sum(causes.values()) == part.wanted - part.recorded
            assert coverage.UNTOLD not in causes
            recorded, wanted = reckoned(teller.truth, began, ended)
            assert abs(part.recorded - recorded) <= 4 * TREMBLE
            assert abs(part.wanted - wanted) <= 4 * TREMBLE
        undo.rollback()


@ON_ONE_FILE
@given(st.data())
def test_twice_and_in_pieces_is_once(connection: Connection, data: st.DataObject) -> None:
    teller = data.draw(stories())
    facts = data.draw(retold(teller))
    with connection.begin_nested() as undo:
        ledger.apply(connection, "rtsp", facts)
        once = contents(connection)
        ledger.apply(connection, "rtsp", facts)
        assert contents(connection) == once
        assert ledger.read_to(connection, "rtsp") == facts[-1].number
        undo.rollback()
    with connection.begin_nested() as undo:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(facts)), max_size=4)))
        for first, last in zip([0, *cuts], [*cuts, len(facts)], strict=True):
            # The one before is told again, as after a lost acknowledgement.
            ledger.apply(connection, "rtsp", facts[max(0, first - 2) : last])
        pieces = contents(connection)
        undo.rollback()
    # Local numbers and guessed ids depend on the order of making, and totals do not.
    assert pieces["totals"] == once["totals"]
    for name in ("gaps", "lifetimes", "segments", "runs", "files", "writing"):
        assert len(pieces[name]) == len(once[name])


def test_a_gap_that_ends_where_it_began_was_none(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    teller.miss(Cause.POWER, 20 * SECOND)
    gap = teller.gap
    assert gap is not None
    teller.close()
    stream = told(connection, teller)
    assert len(history.gaps_between(connection, stream, 0, teller.now)) == 1
    none = Numbered(number=2_000_000, at=teller.now, fact=teller.closing(gap, gap.wall))
    ledger.apply(connection, "rtsp", [none])
    assert history.gaps_between(connection, stream, 0, teller.now) == []
    opened_again = Numbered(number=2_000_001, at=teller.now, fact=gap)
    ledger.apply(connection, "rtsp", [opened_again])
    assert history.gaps_between(connection, stream, 0, teller.now) == []


def test_a_gap_is_refined_once_and_the_first_word_stays(connection: Connection) -> None:
    teller = Teller()
    teller.miss(Cause.CAMERA_UNREACHABLE, MINUTE)
    stream = told(connection, teller)
    (gap,) = history.gaps_between(connection, stream, 0, teller.now)
    history.refine(connection, gap.gap, cause=Cause.NETWORK_LOSS, by="its switch was away")
    (gap,) = history.gaps_between(connection, stream, 0, teller.now)
    assert (gap.cause, gap.told_cause) == ("network-loss", "camera-unreachable")
    with pytest.raises(Refused, match="once"):
        history.refine(connection, gap.gap, cause=Cause.POWER, by="somebody")
    with pytest.raises(Refused, match="pause"):
        history.refine(connection, gap.gap, cause=Cause.BY_PERSON, by="somebody")


def test_a_run_that_went_to_memory_has_a_row_for_each_stretch(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE] * 2)
    first = [fact for _, fact in teller.facts if isinstance(fact, SegmentClosed)]
    later = [
        replace(one, segment=f"02{one.segment[2:]}", start=one.start + 10 * MINUTE) for one in first
    ]
    facts = [
        Numbered(number=number, at=BEGAN, fact=fact)
        for number, fact in enumerate([*first, *later], 1)
    ]
    ledger.apply(connection, "rtsp", facts)
    stretches = history.runs_between(connection, 1, 0, 1 << 62)
    assert [one.ended - one.began for one in stretches] == [2 * MINUTE, 2 * MINUTE]


def test_footage_of_the_unknown_gets_rows_and_belongs_to_whoever_is_added(
    connection: Connection, clock: Any
) -> None:
    teller = Teller(camera="a camera of an older office")
    teller.record([MINUTE])
    ledger.adopt(
        connection, [fact for _, fact in teller.facts if isinstance(fact, SegmentClosed)], at=1
    )
    assert cameras.list_cameras(connection) == []
    (known,) = cameras.list_cameras(connection, removed=True)
    assert (known.camera, known.name) == (teller.camera, None)
    cameras.add_camera(connection, clock, name="Gang 3", channel=None, camera=teller.camera)
    assert [one.name for one in cameras.list_cameras(connection)] == ["Gang 3"]
    stream = cameras.stream(connection, teller.camera, "main")
    assert stream is not None
    assert len(footage.newest(connection, stream)) == 1
    root = footage.roots(connection)[1]
    assert root == "/vol"


def test_nothing_is_missing_of_a_stream_that_ended_unheard(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    teller.miss(Cause.RECORDER_STOPPED, MINUTE)
    stream = told(connection, teller)
    ledger.end(connection, teller.camera, teller.stream, at=teller.now)
    found = coverage.coverage(connection, [stream], 0, 1 << 62, now=teller.now + 100 * MINUTE)
    assert (found[stream].recorded, found[stream].wanted) == (MINUTE, 2 * MINUTE)


def test_an_open_gap_reaches_to_now(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    teller.miss(Cause.CAMERA_SILENT, 0)
    stream = told(connection, teller)
    found = coverage.coverage(connection, [stream], 0, 1 << 62, now=teller.now + MINUTE)[stream]
    assert found.ratio == 0.5


def test_each_recorder_has_its_own_numbers(connection: Connection) -> None:
    one, other = Teller(), Teller(camera="01900000-0000-7000-8000-0000000000cb", recorder_start="b")
    one.record([MINUTE])
    other._ids = one._ids
    other.record([MINUTE])
    ledger.apply(connection, "rtsp", one.numbered())
    ledger.apply(connection, "av", other.numbered())
    assert len(contents(connection)["segments"]) == 2


def test_segments_in_any_order_make_the_same_run(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE] * 6)
    closed = [fact for _, fact in teller.facts if isinstance(fact, SegmentClosed)]
    random.Random(3).shuffle(closed)
    facts = [Numbered(number=place, at=BEGAN, fact=fact) for place, fact in enumerate(closed, 1)]
    ledger.apply(connection, "rtsp", facts)
    found = coverage.coverage(connection, [1], 0, teller.now, now=teller.now)[1]
    assert found.ratio == 1.0
    assert found.recorded == 6 * MINUTE
