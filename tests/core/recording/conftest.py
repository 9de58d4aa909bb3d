"""A camera's story, and an index that has heard it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.recording.footage import Footage, Origin
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
def tell(footage: Footage) -> Tell:
    """Apply facts as the journal of the recorder "rtsp", numbered from 1."""
    number = 0

    def telling(facts: Iterable[Fact]) -> None:
        nonlocal number
        for fact in facts:
            number += 1
            footage.apply(fact, Origin("rtsp", number, NOON + number))

    return telling
