"""One small office with one volume."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.core.storage.house import House, house


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.add_volume()
        yield made
