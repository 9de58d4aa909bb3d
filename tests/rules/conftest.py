"""A temporary tree in which a breach is planted: a rule that cannot find it is no rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.rules.tree import Plant


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Write files (path → text) into an empty tree and return its root."""

    def write(texts: Mapping[str, str]) -> Path:
        for path, text in texts.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    return write
