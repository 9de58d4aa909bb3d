from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from nvr_core.clock import SystemClock
from nvr_core.devices.ids import CamerasError, ids_of


def test_ids_stay_and_new_names_get_one(tmp_path: Path) -> None:
    file = tmp_path / "data" / "cameras.json"
    first = ids_of(["Gang Mawar", "Pos Ronda"], file, SystemClock())
    assert {UUID(one).version for one in first.values()} == {7}
    again = ids_of(["Pos Ronda", "Dermaga"], file, SystemClock())
    assert again["Pos Ronda"] == first["Pos Ronda"]
    assert again["Gang Mawar"] == first["Gang Mawar"]
    assert len(set(again.values())) == 3
    assert [one.name for one in file.parent.iterdir()] == ["cameras.json"]


def test_nothing_is_written_when_nothing_is_new(tmp_path: Path) -> None:
    file = tmp_path / "cameras.json"
    ids_of(["Gang Mawar"], file, SystemClock())
    file.chmod(0o400)
    before = file.stat().st_mtime_ns
    ids_of(["Gang Mawar"], file, SystemClock())
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"cameras": 1}', '{"cameras": {"a": "b"}}', "\x00"]
)
def test_a_damaged_file_is_never_overwritten(tmp_path: Path, content: str) -> None:
    file = tmp_path / "cameras.json"
    file.write_text(content)
    with pytest.raises(CamerasError, match="put back a copy"):
        ids_of(["Gang Mawar"], file, SystemClock())
    assert file.read_text() == content


def test_the_file_is_read_by_people_too(tmp_path: Path) -> None:
    file = tmp_path / "cameras.json"
    ids = ids_of(["Gang Kénanga"], file, SystemClock())
    assert "Gang Kénanga" in file.read_text(encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == {"cameras": dict(ids)}
