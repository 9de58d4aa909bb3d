"""An office whose catalogue was told of a gate and of a post."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nvr_core.admin.office import Office
from nvr_core.state.catalogue import State
from nvr_core.state.opening import opened
from tests.core.admin import filled
from tests.core.admin.filled import Still


@pytest.fixture
def clock() -> Still:
    return Still()


@pytest.fixture
async def state(tmp_path: Path, clock: Still) -> AsyncIterator[State]:
    async with opened(tmp_path / "data", clock, pause=0) as state:
        await filled.fill(state, clock, tmp_path / "volume")
        yield state


@pytest.fixture
def office(state: State, clock: Still, tmp_path: Path) -> Office:
    return filled.office(state, clock, tmp_path / "data")
