from __future__ import annotations

import json
from pathlib import Path

import pytest

from nvr_core.recording.volumes import Volumes, VolumesError
from nvr_core.wire import volume


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "disk" / "footage"


def test_a_folder_is_made_a_volume_once_and_then_only_looked_at(
    data: Path, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Volumes(data, "ours").prepare(root)
    assert volume.check(root, "ours") == ""
    root.rename(root.with_name("unmounted"))
    later = Volumes(data, "ours")
    later.prepare(root)
    assert not root.exists()
    assert "is not mounted" in later.trouble(root)
    assert f"take the folder out of {data / 'volumes.json'}" in caplog.text
    root.with_name("unmounted").rename(root)
    assert later.trouble(root) == ""


def test_each_folder_has_its_own_first_time(data: Path, root: Path, tmp_path: Path) -> None:
    Volumes(data, "ours").prepare(root)
    Volumes(data, "ours").prepare(tmp_path / "second")
    said = json.loads((data / "volumes.json").read_text())
    assert said == {"volumes": [str(root), str(tmp_path / "second")]}
    assert [one.name for one in data.iterdir()] == ["volumes.json"]


def test_a_volume_that_was_made_before_is_remembered_too(data: Path, root: Path) -> None:
    volume.prepare(root, "ours")
    Volumes(data, "ours").prepare(root)
    (root / "volume.json").unlink()
    Volumes(data, "ours").prepare(root)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("known", [False, True])
def test_a_foreign_volume_is_refused_and_left_as_it_is(data: Path, root: Path, known: bool) -> None:
    if known:
        Volumes(data, "ours").prepare(root)
        (root / "volume.json").unlink()
    volume.prepare(root, "theirs")
    with pytest.raises(VolumesError, match=r"belongs to another installation \(theirs\)"):
        Volumes(data, "ours").prepare(root)
    assert volume.check(root, "theirs") == ""


def test_what_cannot_be_made_is_not_remembered(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Volumes(data, "ours").prepare(tmp_path / "file" / "footage")
    assert not (data / "volumes.json").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"volumes": 1}', "\x00"])
def test_a_damaged_file_is_told_and_left(data: Path, content: str) -> None:
    (data / "volumes.json").write_text(content)
    with pytest.raises(VolumesError, match="put back a copy"):
        Volumes(data, "ours")
    assert (data / "volumes.json").read_text() == content


def test_a_file_is_gone_only_from_a_volume_that_is_there(data: Path, root: Path) -> None:
    volumes = Volumes(data, "ours")
    volumes.prepare(root)
    (root / "here").touch()
    asked = [str(root / "here"), str(root / "gone"), str(root.with_name("elsewhere") / "gone")]
    assert volumes.absent(asked) == {str(root / "gone")}
    assert volumes.of(asked[1]) == root
    assert volumes.of(asked[2]) is None
    root.rename(root.with_name("unmounted"))
    assert volumes.absent(asked) == frozenset()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_disk_that_comes_or_goes_meanwhile_has_lost_nothing(
    data: Path, root: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    volumes = Volumes(data, "ours")
    volumes.prepare(root)
    (root / "here").touch()
    unmounted = root.with_name("unmounted")
    plain = Path.exists

    def exists(self: Path) -> bool:
        """The disk is away only while the file is looked for, and before or after that."""
        if moment == "before":
            found = plain(self)
            unmounted.rename(root)
            return found
        root.rename(unmounted)
        return plain(self)

    if moment == "before":
        root.rename(unmounted)
    monkeypatch.setattr(Path, "exists", exists)
    assert volumes.absent([str(root / "here")]) == frozenset()
