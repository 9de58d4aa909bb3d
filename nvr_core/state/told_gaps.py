"""Gaps and pauses as a recorder tells them: opened once, closed as often as it takes."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, insert, select, update

from nvr_core.state.known import Known
from nvr_core.state.lives import Lives
from nvr_core.state.tables.gaps import gaps
from nvr_core.wire.facts import GapClosed, GapOpened

log = logging.getLogger(__name__)


def opened(
    connection: Connection, known: Known, lives: Lives, fact: GapOpened, number: int
) -> None:
    """A gap begins. Told again under the same id it is the same gap."""
    stream = known.stream(fact.camera, fact.stream)
    lives.covers(stream, fact.wall, fact.wall)
    if connection.execute(select(gaps.c.id).where(gaps.c.gap == fact.gap)).first():
        return
    connection.execute(
        insert(gaps).values(
            gap=fact.gap,
            stream=stream,
            cause=str(fact.cause),
            told=number,
            began=fact.wall,
            began_monotonic=fact.monotonic,
            began_in=known.start(fact.recorder_start),
            sentence=fact.sentence,
            filled=0,
        )
    )


def closed(connection: Connection, known: Known, lives: Lives, fact: GapClosed) -> None:
    """The last word on a gap's end and cause."""
    row = connection.execute(
        select(gaps.c.id, gaps.c.stream, gaps.c.began).where(gaps.c.gap == fact.gap)
    ).first()
    if row is None:
        # Its beginning was in a part of the journal that nobody can read any more.
        log.warning("a gap of %s/%s ended of which no beginning is known", fact.camera, fact.stream)
        return
    ended = max(fact.wall, row.began)
    lives.covers(row.stream, row.began, ended)
    connection.execute(
        update(gaps)
        .where(gaps.c.id == row.id)
        .values(
            cause=str(fact.cause),
            ended=ended,
            ended_monotonic=fact.monotonic,
            ended_in=known.start(fact.recorder_start),
        )
    )


def end_open(connection: Connection, stream: int, at: int) -> None:
    """Nobody wants the stream any more, so nothing is missing from now on."""
    open_ones = update(gaps).where(gaps.c.stream == stream, gaps.c.ended.is_(None))
    connection.execute(open_ones.where(gaps.c.began <= at).values(ended=at))
    connection.execute(open_ones.values(ended=gaps.c.began))
