from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nvr_core.wire import durable


def test_the_file_is_whole_and_alone(tmp_path: Path) -> None:
    durable.write(tmp_path / "one.json", {"name": "Kénanga"})
    durable.write(tmp_path / "one.json", {"name": "Mawar"})
    assert json.loads((tmp_path / "one.json").read_text()) == {"name": "Mawar"}
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_bytes_are_durable_before_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{descriptor}")).name
        synced.append((name, (tmp_path / "one.json").exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    durable.write(tmp_path / "one.json", {})
    assert synced == [(f".one.json.{os.getpid()}", False), (tmp_path.name, True)]
