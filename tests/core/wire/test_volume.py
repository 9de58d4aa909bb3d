"""A folder that is no volume of ours is left alone, and its sentence says what can be done now."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.wire import volume
from nvr_core.wire.installation import installation_id
from nvr_core.wire.volume import VolumeFault


@pytest.fixture
def ours(tmp_path: Path) -> str:
    return installation_id(tmp_path / "data", SystemClock())


def test_a_disk_that_is_not_there_or_new(tmp_path: Path, ours: str) -> None:
    sentence = volume.check(tmp_path / "disk", ours)
    assert "mount it, or restart the server" in sentence
    volume.prepare(tmp_path / "disk", ours)
    assert volume.check(tmp_path / "disk", ours) == ""


def test_what_the_sentence_of_a_foreign_volume_advises_makes_it_ours(
    tmp_path: Path, ours: str
) -> None:
    theirs = installation_id(tmp_path / "elsewhere", SystemClock())
    volume.prepare(tmp_path / "disk", theirs)
    with pytest.raises(VolumeFault, match=theirs) as refused:
        volume.prepare(tmp_path / "disk", ours)
    for part in ("[storage], field folder", "installation.json", str(tmp_path / "disk")):
        assert part in str(refused.value)
    shutil.copy(tmp_path / "data" / "installation.json", tmp_path / "disk" / volume.NAME)
    assert volume.check(tmp_path / "disk", ours) == ""


def test_a_lost_data_folder_takes_the_id_of_its_disk(tmp_path: Path, ours: str) -> None:
    volume.prepare(tmp_path / "disk", ours)
    (tmp_path / "new").mkdir()
    shutil.copy(tmp_path / "disk" / volume.NAME, tmp_path / "new" / "installation.json")
    assert installation_id(tmp_path / "new", SystemClock()) == ours
