"""What the writer's connection remembers is what the database holds, whatever is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine

from nvr_core.clock import SECOND
from nvr_core.state import ledger, standing
from nvr_core.wire.facts import SegmentClosed, SegmentOpened
from tests.core.state.telling import Teller, contents

MINUTE = 60 * SECOND


# A volume that nobody named gets an id of its own each time.


def test_what_was_taken_back_is_forgotten(connection: Connection) -> None:
    teller = Teller()
    teller.record([MINUTE] * 3)
    facts = teller.numbered()
    savepoint = connection.begin_nested()
    ledger.apply(connection, "rtsp", facts)
    assert standing.of(connection).streams
    before = contents(connection, "volumes")
    savepoint.rollback()
    assert not standing.of(connection).streams
    ledger.apply(connection, "rtsp", facts)
    assert contents(connection, "volumes") == before


def test_a_connection_that_ends_its_transaction_otherwise_forgets(engine: Engine) -> None:
    teller = Teller()
    teller.record([MINUTE])
    with engine.connect() as first:
        ledger.apply(first, "rtsp", teller.numbered())
        assert standing.of(first).streams
    with engine.connect() as second:
        assert not standing.of(second).streams


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_that_remember_store_what_one_batch_does(engine: Engine, size: int) -> None:
    teller = Teller()
    teller.record([MINUTE, MINUTE // 2])
    teller.record([MINUTE] * 3)
    facts = teller.numbered()
    with engine.connect() as connection:
        ledger.apply(connection, "rtsp", facts)
        whole = contents(connection, "volumes")
    with engine.connect() as connection:
        for first in range(0, len(facts), size):
            ledger.apply(connection, "rtsp", facts[first : first + size])
        assert contents(connection, "volumes") == whole


def test_a_segment_of_which_no_opening_was_told_lets_the_next_one_be_written(
    connection: Connection,
) -> None:
    teller = Teller()
    teller.record([MINUTE, MINUTE])
    told = teller.numbered()
    opened = [one for one in told if isinstance(one.fact, SegmentOpened)]
    closed = [one for one in told if isinstance(one.fact, SegmentClosed)]
    ledger.apply(connection, "rtsp", [closed[0], replace(opened[1], number=closed[0].number + 1)])
    assert len(contents(connection)["writing"]) == 1
    last = replace(closed[1], number=closed[0].number + 2)
    ledger.apply(connection, "rtsp", [last])
    assert contents(connection)["writing"] == []
    assert len(contents(connection)["segments"]) == 2
