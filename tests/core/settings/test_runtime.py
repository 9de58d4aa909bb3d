"""The runtime folder: in memory, ours alone, and the same for all programs of one data folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from nvr_core import settings
from nvr_core.settings import RuntimeFault, runtime_folder


def of(data: Path, **fields: str) -> settings.Settings:
    lines = [f'data = "{data}"', *(f'{name} = "{value}"' for name, value in fields.items())]
    return settings.parse("\n".join(lines), data / "ronda.toml")


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "shm"
    folder.mkdir()
    return folder


def test_it_lies_in_memory_and_is_ours_alone(tmp_path: Path, memory: Path) -> None:
    folder = runtime_folder(of(tmp_path / "a"), {}, memory)
    assert folder.parent == memory
    assert folder.name.startswith(f"ronda-{os.getuid()}-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_one_data_folder_by_two_names_has_one(tmp_path: Path, memory: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    one = runtime_folder(of(tmp_path / "a"), {}, memory)
    assert runtime_folder(of(tmp_path / "b"), {}, memory) == one
    assert runtime_folder(of(tmp_path / "c"), {}, memory) != one


def test_systemds_folder_and_the_settings_come_first(tmp_path: Path, memory: Path) -> None:
    given = {"RUNTIME_DIRECTORY": f"{tmp_path / 'run'}:{tmp_path / 'other'}"}
    assert runtime_folder(of(tmp_path), given, memory) == tmp_path / "run"
    own = of(tmp_path, runtime="own")
    assert runtime_folder(own, given, memory) == tmp_path / "own"


def test_without_memory_it_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert runtime_folder(of(tmp_path), {}, tmp_path / "none") == tmp_path / "runtime"


def test_a_folder_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir(mode=0o755)
    runtime_folder(of(tmp_path, runtime="own"), {})
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700


def test_a_link_laid_by_somebody_is_refused(tmp_path: Path, memory: Path) -> None:
    folder = runtime_folder(of(tmp_path), {}, memory)
    folder.rmdir()
    (tmp_path / "trap").mkdir()
    folder.symlink_to(tmp_path / "trap")
    with pytest.raises(RuntimeFault, match="another user could listen"):
        runtime_folder(of(tmp_path), {}, memory)


def test_a_path_that_no_socket_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFault, match="too long a path for a socket"):
        runtime_folder(of(tmp_path, runtime="x" * 100), {})
