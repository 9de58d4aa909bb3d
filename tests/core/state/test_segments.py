"""Segments and their files: written, here, copied, gone, and what is remembered of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from nvr_core.clock import SECOND
from nvr_core.state import coverage, files, footage, history, keeping, ledger
from nvr_core.wire.facts import Cause, Numbered, SegmentClosed, SegmentGone, SegmentOpened
from tests.core.state.telling import (
    BEGAN,
    Teller,
    contents,
    told,
)

MINUTE = 60 * SECOND


def test_totals_are_what_a_count_says(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE] * 5)
    stream = told(connection, teller)
    assert {
        (one.volume, one.stream): (one.files, one.bytes) for one in keeping.totals_of(connection)
    } == (files.recounted(connection))
    aged = list(keeping.oldest(connection, 1))
    assert [one.start for one in aged] == [BEGAN + place * MINUTE for place in range(5)]
    files.become(connection, [aged[0].held, aged[1].held], files.GARBAGE)
    files.become(connection, [aged[0].held], files.GARBAGE)
    assert files.in_state(connection, 1, files.GARBAGE, 10) == [aged[0].held, aged[1].held]
    files.drop(connection, [aged[0].held], at=teller.now, why="aged")
    assert {
        (one.volume, one.stream): (one.files, one.bytes) for one in keeping.totals_of(connection)
    } == (files.recounted(connection))
    assert coverage.available(connection, stream, 0, teller.now) == 4 * MINUTE
    whole = coverage.coverage(connection, [stream], 0, teller.now, now=teller.now)[stream]
    assert whole.ratio == 1.0


def test_remains_of_a_segment_go_after_a_day(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE] * 3)
    told(connection, teller)
    aged = [one.held for one in keeping.oldest(connection, 1)]
    files.drop(connection, aged[:2], at=teller.now, why="aged")
    assert keeping.shed(connection, now=teller.now + keeping.REMAINS) == 0
    assert keeping.shed(connection, now=teller.now + keeping.REMAINS + 1) == 2
    assert len(contents(connection)["segments"]) == 1
    assert len(contents(connection)["runs"]) == 1


def test_what_happened_to_a_segment_is_told_after_it_went(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    told(connection, teller)
    segment = footage.newest(connection, 1)[0].segment
    before = footage.record(connection, segment)
    assert before is not None
    assert before.camera == teller.camera
    assert before.deleted_at is None
    gone = SegmentGone(segment=segment, path="/vol/x", why="missing")
    ledger.apply(connection, "rtsp", [Numbered(number=2_000_000, at=teller.now, fact=gone)])
    after = footage.record(connection, segment)
    assert after is not None
    assert (after.deleted_at, after.deleted_why) == (teller.now, "missing")
    assert after.sha256 == before.sha256
    assert footage.segment(connection, segment) is None
    assert coverage.available(connection, 1, 0, teller.now) == 0


def test_a_file_that_turns_up_again_is_here_again(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    told(connection, teller)
    fact = next(fact for _, fact in teller.facts if isinstance(fact, SegmentClosed))
    gone = SegmentGone(segment=fact.segment, path=fact.path, why="missing")
    more = [
        Numbered(number=2_000_000, at=teller.now, fact=gone),
        Numbered(number=2_000_001, at=teller.now, fact=replace(fact, repaired=True)),
    ]
    ledger.apply(connection, "rtsp", more[:1])
    ledger.apply(connection, "rtsp", more[1:])
    found = footage.segment(connection, fact.segment)
    assert found is not None
    assert found.repaired
    assert found.parts() == tuple(fact.parts)
    assert files.recounted(connection) == {(1, 1): (1, fact.size)}


def test_rings_leave_no_row(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    rings = [
        replace(one, fact=replace(one.fact, ring=True))
        for one in teller.numbered()
        if isinstance(one.fact, SegmentOpened | SegmentClosed)
    ]
    aged = SegmentGone(segment="x", path="/run/x", why="aged")
    ledger.apply(connection, "rtsp", [*rings, Numbered(number=2_000_000, at=1, fact=aged)])
    for name in ("segments", "files", "writing", "runs", "lifetimes"):
        assert contents(connection)[name] == []


def test_a_segment_that_is_written_is_known_until_it_is_closed_or_gone(
    connection: Connection,
) -> None:
    teller = Teller()
    teller.record([MINUTE, MINUTE])
    facts = [one for one in teller.numbered() if isinstance(one.fact, SegmentOpened)]
    ledger.apply(connection, "rtsp", facts)
    assert len(contents(connection)["writing"]) == 2
    gone = SegmentGone(segment=facts[0].fact.segment, path="", why="empty")  # type: ignore[union-attr] # the first fact is its opening
    ledger.apply(connection, "rtsp", [Numbered(number=2_000_000, at=1, fact=gone)])
    assert len(contents(connection)["writing"]) == 1
    closed = [fact for _, fact in teller.facts if isinstance(fact, SegmentClosed)]
    ledger.apply(connection, "rtsp", [Numbered(number=2_000_001, at=1, fact=closed[1])])
    assert contents(connection)["writing"] == []
    assert len(contents(connection)["segments"]) == 1


@pytest.mark.parametrize("field", ["", "run", "codec", "path", "recorder_start"])
def test_what_is_written_next_has_its_own_row(connection: Connection, field: str) -> None:
    """Whatever of the next segment is another than of the last: run, encoding, volume, life."""
    teller = Teller()
    teller.record([MINUTE, MINUTE])
    first, closed, second, _ = (
        one for one in teller.numbered() if isinstance(one.fact, SegmentOpened | SegmentClosed)
    )
    assert isinstance(second.fact, SegmentOpened)
    other: dict[str, Any] = {field: "/other/than/before.mp4"} if field else {}
    second = replace(second, fact=replace(second.fact, **other))
    ledger.apply(connection, "rtsp", [first])
    ledger.apply(connection, "rtsp", [closed, second])
    assert isinstance(second.fact, SegmentOpened)
    (row,) = contents(connection)["writing"]
    assert second.fact.segment in row
    assert second.fact.run in row
    assert row[-2:] == (second.fact.start, second.fact.base)


def test_imported_footage_fills_a_gap_and_counts_as_missing(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE])
    teller.miss(Cause.NETWORK_LOSS, MINUTE)
    began = teller.now - MINUTE
    teller.record([MINUTE])
    stream = told(connection, teller)
    card = Teller(now=began, _ids=teller._ids, recorder_start="an import")
    card.record([MINUTE])
    found = [fact for _, fact in card.facts if isinstance(fact, SegmentClosed)]
    ledger.adopt(connection, found, at=teller.now, imported=True)
    (gap,) = history.gaps_between(connection, stream, 0, teller.now)
    history.fill(connection, gap.gap, more=MINUTE)
    history.fill(connection, gap.gap, more=MINUTE)
    (gap,) = history.gaps_between(connection, stream, 0, teller.now)
    assert gap.filled == MINUTE
    (line,) = coverage.lines(connection, [stream], 0, teller.now, now=teller.now)[stream]
    assert line.faults == ()
    whole = coverage.coverage(connection, [stream], 0, teller.now, now=teller.now)[stream]
    assert (whole.recorded, whole.wanted) == (2 * MINUTE, 3 * MINUTE)
    assert coverage.available(connection, stream, 0, teller.now) == 3 * MINUTE
    imported = footage.segment(connection, found[0].segment)
    assert imported is not None
    assert imported.imported


def test_what_is_written_and_what_lies_on_a_volume_can_be_gone_through(
    connection: Connection,
) -> None:
    teller = Teller()
    teller.record([MINUTE] * 7)
    facts = teller.numbered()[:-1]
    ledger.apply(connection, "rtsp", facts)
    last = facts[-1].fact
    assert isinstance(last, SegmentOpened)
    written = files.being_written(connection, 1)
    assert written == {last.path.removeprefix("/vol/"): last.segment}
    found: list[files.Held] = []
    after = None
    while page := files.every(connection, 1, after=after, limit=4):
        found += page
        after = page[-1]
    assert len(found) == 6
