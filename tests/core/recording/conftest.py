"""A camera's story, and an index that has heard it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest

from nvr_core.clock import SECOND, SystemClock
from nvr_core.recording.archive import Archive
from nvr_core.recording.footage import Footage, Origin
from nvr_core.state.catalogue import State
from nvr_core.state.opening import opened
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Fact

NOON = 1_795_500_000 * SECOND
Tell = Callable[[Iterable[Fact]], None]


@pytest.fixture
def noon() -> int:
    return NOON


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story("gang", folder=tmp_path, wall=NOON)


@pytest.fixture
def footage() -> Footage:
    return Footage()


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    """An empty catalogue whose commits are quick."""
    async with opened(tmp_path / "data", SystemClock(), pause=0.01) as state:
        yield state


@pytest.fixture
def archive(state: State, footage: Footage) -> Archive:
    return Archive(state, footage)


@pytest.fixture
def tell(footage: Footage) -> Tell:
    """Apply facts as the journal of the recorder "rtsp", numbered from 1."""
    number = 0

    def telling(facts: Iterable[Fact]) -> None:
        nonlocal number
        for fact in facts:
            number += 1
            footage.apply(fact, Origin("rtsp", number, NOON + number))

    return telling
