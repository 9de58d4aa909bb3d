"""`ronda plugins`: every plugin with its maker, and why one failed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nvr_core.cli.plugins import command
from nvr_core.wire.errors import SentenceError


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "plugins"
    made.mkdir()
    before = set(sys.modules)
    yield made
    for name in set(sys.modules) - before:
        if name.startswith("nvr_plugin_file_"):
            del sys.modules[name]


def plugins(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings."""
    monkeypatch.chdir(tmp_path)


def test_ours_are_loaded_and_told_with_what_they_provide() -> None:
    result = plugins()
    assert result.exit_code == 0, result.output
    assert "rtsp  loaded\n" in result.stdout
    assert "  vendor  rtsp: " in result.stdout
    assert "  storage  local-disk: " in result.stdout
    assert f"ronda {version('ronda')}" in result.stdout


def test_a_broken_one_is_told_with_its_sentence_and_costs_itself_only(folder: Path) -> None:
    (folder / "acme_cam.py").write_text("import nowhere_to_be_found\n")
    result = plugins("--plugins-dir", folder)
    assert result.exit_code == 1
    assert "acme-cam  FAILED" in result.stdout
    assert "  it needs nowhere_to_be_found, which is not installed beside Ronda" in result.stdout
    assert str(folder / "acme_cam.py") in result.stdout
    assert "rtsp  loaded\n" in result.stdout
    left = plugins("--plugins-dir", folder, "--safe")
    assert left.exit_code == 0
    assert "acme-cam  left out" in left.stdout


def test_programs_read_one_object_a_line(folder: Path) -> None:
    (folder / "acme.py").write_text("raise RuntimeError('no \\x1b[31m')\n")
    result = plugins("--plugins-dir", folder, "--json")
    found = {one["plugin"]: one for one in map(json.loads, result.stdout.splitlines())}
    assert found["acme"]["state"] == "failed"
    assert found["acme"]["file"] == str(folder / "acme.py")
    assert found["rtsp"]["bundled"]
    assert [(one["kind"], one["name"]) for one in found["rtsp"]["provides"]] == [("vendor", "rtsp")]


def test_what_the_settings_block_is_not_loaded(tmp_path: Path) -> None:
    config = tmp_path / "ronda.toml"
    config.write_text('plugins.blocked = ["rtsp"]\n')
    assert "rtsp  blocked" in plugins().stdout
    assert "ronda.toml blocks it" in plugins("--config", config).stdout


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SentenceError, match=r"plugins folder .*nowhere does not exist"):
        plugins("--plugins-dir", tmp_path / "nowhere")
    with pytest.raises(SentenceError, match="cannot be read"):
        plugins("--config", tmp_path / "nowhere.toml")
