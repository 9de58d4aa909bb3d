"""Ages are read off the order of recording: a wrong clock makes nothing old that is young."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from nvr_core.clock import SECOND
from nvr_core.state import ledger, opening, recorded, revisions, sqlite
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Cause, Fact, GapClosed, GapOpened, Numbered
from tests.core.storage.house import DAY, MINUTE, NOON, Clock

HOUR = 60 * MINUTE


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("aged")
    opening.prepare(folder / opening.NAME, folder, Clock(), revisions.folder())
    made = sqlite.writer(folder / opening.NAME)
    yield made
    made.dispose()


def told(connection: Connection, facts: list[Fact]) -> None:
    numbered = [
        Numbered(number=1_000_000 + place, at=NOON, fact=fact)  # type: ignore[arg-type] # only kept facts are told
        for place, fact in enumerate(facts)
    ]
    ledger.apply(connection, "rtsp", numbered)


def recording(hours: list[tuple[int, int]]) -> list[Fact]:
    """A segment an hour; (how many hours, by how much the clock is wrong) one after the other."""
    facts: list[Fact] = []
    story, real = Story("gang"), NOON
    for lasts, wrong in hours:
        for _ in range(lasts):
            story.run, story.wall = f"run-{real}", real + wrong
            facts += story.whole(groups=1, length=1)
            real += HOUR
    return facts


def aged(connection: Connection, cutoff: int, now: int) -> list[int]:
    """Places in the order of recording of what is too old."""
    found = recorded.aged(connection, 1, 1, cutoff=cutoff, now=now, limit=10_000)
    return [one.held.segment - 1 for one in found]


@given(st.integers(1, 80), st.integers(0, 90))
@settings(max_examples=30, deadline=None)
def test_with_a_right_clock_it_is_what_ended_before(engine: Engine, hours: int, age: int) -> None:
    with engine.connect() as connection:
        told(connection, recording([(hours, 0)]))
        now = NOON + hours * HOUR
        found = aged(connection, now - age * HOUR, now)
        assert found == list(range(max(0, hours - age)))


WRONG = st.sampled_from([-NOON + DAY, 2 * NOON, NOON // 8, HOUR, -HOUR, 0, 0])


@given(st.lists(st.tuples(st.integers(1, 12), WRONG), min_size=1, max_size=6), st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_nothing_goes_more_than_an_hour_early_whatever_the_clock_said(
    engine: Engine, hours: list[tuple[int, int]], age: int
) -> None:
    with engine.connect() as connection:
        told(connection, recording(hours))
        count = sum(lasts for lasts, _ in hours)
        now = NOON + count * HOUR
        found = aged(connection, now - age * HOUR, now)
        assert found == list(range(len(found))), "the order of recording, without holes"
        assert len(found) <= max(0, count - age) + 1


def test_a_block_of_1970_goes_with_its_neighbours(engine: Engine) -> None:
    with engine.connect() as connection:
        told(connection, recording([(5, 0), (3, -NOON + DAY), (10, 0)]))
        now = NOON + 18 * HOUR
        assert aged(connection, now - 13 * HOUR, now) == list(range(5))
        assert aged(connection, now - 9 * HOUR, now) == list(range(9))
        # The first footage of a machine that knew no time yet is not old for that.
        connection.rollback()
        told(connection, recording([(3, -NOON + DAY), (1, 0)]))
        assert aged(connection, now - 10 * DAY, now) == []


def test_times_that_the_recorder_saw_being_put_right_make_nothing_old(engine: Engine) -> None:
    """A clock that began a month ago, because it stood still while the machine was off."""
    behind = -30 * DAY
    before = recording([(5, behind)])
    place = {"camera": "gang", "stream": "main", "gap": "step"}
    line = {"cause": Cause.CLOCK, "recorder_start": "start-1"}
    set_at = NOON + 5 * HOUR
    step: list[Fact] = [
        GapOpened(**place, **line, wall=set_at + behind, monotonic=5 * HOUR),  # type: ignore[arg-type] # fields of both
        GapClosed(**place, **line, wall=set_at + SECOND, monotonic=5 * HOUR + SECOND),  # type: ignore[arg-type] # fields of both
    ]
    after = recording([(5, 0), (5, 0)])[-15:]
    now = NOON + 10 * HOUR
    with engine.connect() as connection:
        told(connection, [*before, *step, *after])
        assert aged(connection, now - 14 * DAY, now) == []
        assert len(aged(connection, now - HOUR, now)) > 5
    with engine.connect() as connection:
        told(connection, [*before, *after])
        assert len(aged(connection, now - 14 * DAY, now)) == 5, "without the step nobody knows"


def test_ten_minutes_are_waited_for(engine: Engine) -> None:
    with engine.connect() as connection:
        told(connection, recording([(3, 0)]))
        ended = NOON + SECOND // 2
        find = partial(aged, connection, now=NOON + DAY)
        assert find(cutoff=ended + recorded.LATE - 1) == []
        assert find(cutoff=ended + recorded.LATE) == [0]
