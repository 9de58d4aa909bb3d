"""What a server brings along when it starts, and what it learns of before."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from nvr_core.clock import SECOND
from nvr_core.state import (
    cameras,
    coverage,
    events,
    excerpts,
    files,
    history,
    ledger,
    roster,
    volumes,
)
from nvr_core.state import spans as lines
from nvr_core.state.told_notices import LONGEST, PARKED, TOPIC
from nvr_core.testing.story import Story
from nvr_core.wire.facts import (
    Cause,
    Fact,
    GapOpened,
    LoginParked,
    News,
    Notice,
    Numbered,
    RecorderStarted,
)
from tests.core.state.conftest import NOON, Noon

HOUR = 3600 * SECOND


def tell(connection: Connection, *facts: Fact, after: int = 0, recorder: str = "rtsp") -> int:
    kept = [fact for fact in facts if not isinstance(fact, News)]
    numbered = [
        Numbered(number=after + place, at=NOON + after + place, fact=fact)
        for place, fact in enumerate(kept, 1)
    ]
    ledger.apply(connection, recorder, numbered)
    return after + len(kept)


def started(life: str, wall: int) -> RecorderStarted:
    return RecorderStarted(
        recorder_start=life, boot="b", version="1", wall=wall, monotonic=1, synchronised=True
    )


def enter(connection: Connection, clock: Noon, limit: int | None = None) -> None:
    roster.enter(connection, clock, volume="/srv/footage", limit=limit)


def test_the_volume_is_one_row_with_the_limit_of_now(connection: Connection, clock: Noon) -> None:
    tell(connection, *Story("a", folder=None, wall=NOON).whole())
    for limit in (None, 5_000, 7_000):
        enter(connection, clock, limit)
    found = [one for one in volumes.list_volumes(connection) if one.root == "/srv/footage"]
    assert [(one.role, one.limit_bytes, one.state) for one in found] == [("primary", 7_000, "here")]


def test_gaps_that_go_on_are_known_with_their_stream(connection: Connection) -> None:
    first, second = Story("a", wall=NOON), Story("b", stream="main-audio", wall=NOON + 1)
    closed = first.gap(5)
    opened = first.gap(5)[0]
    other = second.gap(9, Cause.BY_SCHEDULE)[0]
    tell(connection, *closed, opened, other)
    found = roster.before(connection, since=0).gaps
    assert [(camera, stream, gap.cause) for camera, stream, gap in found] == [
        ("b", "main-audio", "by-schedule"),
        ("a", "main", "camera-unreachable"),
    ]


def test_what_is_kept_has_been_since_its_last_hole(connection: Connection) -> None:
    whole, broken, missing = (Story(name, wall=NOON + place) for place, name in enumerate("abc"))
    tell(connection, *whole.whole(), *broken.whole(), *broken.gap(5), *broken.whole())
    tell(connection, *missing.whole(), missing.gap(5)[0], after=100)
    assert roster.before(connection, since=0).since == {
        ("a", "main"): NOON,
        ("b", "main"): NOON + 1 + 7 * SECOND,
    }


def test_notices_of_a_recorders_last_life_are_found_again(connection: Connection) -> None:
    old, new = Notice(code="disk-lost", sentence="x" * 5000), Notice(code="disk-full", sentence="f")
    parked = LoginParked(login_group="admin@cam", sentence="refused")
    last = tell(connection, started("1", NOON), old, parked)
    (found,) = roster.before(connection, since=NOON - HOUR).notices
    assert (found.recorder, found.notice.code) == ("rtsp", "disk-lost")
    assert len(found.notice.sentence) == LONGEST
    tell(connection, started("2", NOON + 4), new, after=last)
    tell(connection, old, recorder="av")
    found_now = roster.before(connection, since=NOON - HOUR).notices
    assert {(one.recorder, one.notice.code) for one in found_now} == {
        ("rtsp", "disk-full"),
        ("av", "disk-lost"),
    }
    assert roster.before(connection, since=NOON + HOUR).notices == []
    topics = [one.topic for one in events.list_events(connection, began=0, ended=1 << 62)]
    assert sorted(topics) == sorted([TOPIC, TOPIC, TOPIC, PARKED])
    tell(connection, started("1", NOON), old, parked)
    assert len(events.list_events(connection, began=0, ended=1 << 62)) == 4, "told twice, once kept"


def test_streams_that_nobody_wants_end_where_no_recorder_says_so(
    connection: Connection, clock: Noon
) -> None:
    story = Story("a", wall=NOON)
    tell(connection, *story.whole(), story.gap(5)[0], *Story("b", wall=NOON).whole())
    tell(connection, *Story("c", wall=NOON).whole(), after=100)
    clock.now = NOON + 60 * SECOND
    roster.end_others(connection, [("b", "main")], unsaid={"c"}, at=clock.now)
    assert ledger.going_on(connection) == {("b", "main"), ("c", "main")}
    (gap,) = history.gaps_of(connection, "a", "main", NOON, NOON + HOUR)
    assert gap.ended == clock.now
    number = cameras.stream(connection, "a", "main")
    assert number is not None
    found = coverage.coverage(connection, [number], NOON, NOON + HOUR, now=NOON + HOUR)[number]
    assert (found.recorded, found.wanted) == (2 * SECOND, 60 * SECOND)


def test_excerpts_hold_what_a_player_needs(connection: Connection) -> None:
    story = Story("a", wall=NOON)
    first, second = story.whole(), story.whole(no_key=True)
    tell(connection, *first, *second, *story.whole())
    found = excerpts.from_moment(connection, "a", "main", NOON + 3 * SECOND, 10)
    assert [one.start - NOON for one in found.segments] == [0, 2 * SECOND, 4 * SECOND]
    assert {found.runs[one.run] for one in found.segments} == {"run-1"}
    assert {found.encodings[one.encoding].codec for one in found.segments} == {story.codec}
    assert set(found.roots) >= {one.volume for one in found.segments}
    one = excerpts.of_segment(connection, first[0].segment)  # type: ignore[union-attr] # it opens
    assert (one.camera, one.stream, len(one.segments)) == ("a", "main", 1)
    assert excerpts.of_segment(connection, "nobody") == excerpts.Excerpt()
    assert excerpts.from_moment(connection, "z", "main", NOON, 10) == excerpts.Excerpt()


@pytest.mark.parametrize(("nearer", "count"), [(0, 2), (60 * SECOND, 1)])
def test_spans_are_what_is_still_here(connection: Connection, nearer: int, count: int) -> None:
    story = Story("a", wall=NOON)
    lost = story.whole()
    tell(connection, *lost, *story.whole(), *story.gap(30), *story.whole())
    name = lost[0].segment  # type: ignore[union-attr] # the first fact opens it
    files.missing(connection, name, at=NOON + HOUR)
    files.missing(connection, "nobody", at=NOON + HOUR)
    found = lines.spans(connection, "a", "main", NOON - HOUR, NOON + HOUR, nearer)
    assert (len(found), found[0][0]) == (count, NOON + 2 * SECOND)
    assert lines.kept(connection, "a", "main").oldest == NOON + 2 * SECOND


def test_another_journal_is_told_from_one_that_lost_its_tail(connection: Connection) -> None:
    gap = Story("a", wall=NOON).gap(5)[0]
    assert isinstance(gap, GapOpened)
    last = tell(connection, started("1", NOON), gap)
    assert not ledger.begin_anew(connection, "rtsp", ["1"])
    assert ledger.read_to(connection, "rtsp") == last
    assert ledger.begin_anew(connection, "rtsp", ["1", "2"])
    assert ledger.read_to(connection, "rtsp") == 0
