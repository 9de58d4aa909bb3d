"""A pytest fixture: where simulated cameras keep their loops, so that they are encoded once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def loop_cache(pytestconfig: pytest.Config) -> Path:
    """One folder for all workers and runs, inside pytest's own cache."""
    return pytestconfig.cache.mkdir("loops")
