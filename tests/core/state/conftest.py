"""A catalogue in a real file, and its bare connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from nvr_core.clock import SECOND
from nvr_core.state import opening, revisions, sqlite

NOON = 1_795_500_000 * SECOND


class Noon:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def wall(self) -> int:
        return self.now

    def monotonic(self) -> int:
        return self.now - NOON


@pytest.fixture
def clock() -> Noon:
    return Noon()


@pytest.fixture
def engine(tmp_path: Path, clock: Noon) -> Iterator[Engine]:
    path = tmp_path / opening.NAME
    opening.prepare(path, tmp_path, clock, revisions.folder())
    made = sqlite.writer(path)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """In a transaction of its own; nothing of it is committed."""
    with engine.connect() as opened:
        yield opened
