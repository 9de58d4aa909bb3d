"""`ronda record`: one address, by the rule of ronda.toml, into one folder."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from nvr_core.cli.record import read_address
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.testing import footage
from nvr_core.wire import volume
from nvr_core.wire.errors import SentenceError
from tests.shows import clips

WORDS = [sys.executable, "-c", "from nvr_core.cli import main; main()", "record"]


def record(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [*WORDS, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rtsp://admin:pa/ss@10.0.0.7/1", "write them as %2F, %3F and %23"),
        ("rtsp://10.0.0.7:99999/1", "has a port that is no number from 1 to 65535"),
        ("rtsp://[::1/", "broken [IPv6]"),
        ("rtsp://10.0.0.7/a b", "holds a blank"),
        ("htp://10.0.0.7/1", "is not an address Ronda can open; use rtsp://"),
        ("", "is not an address of 1 to 2048 characters"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(SentenceError) as refused:
        read_address(text)
    assert sentence in str(refused.value)
    assert "pa/ss" not in str(refused.value)
    said = record(text, tmp_path / "trial")
    assert (said.returncode, said.stderr) == (1, f"{refused.value}\n")
    assert not (tmp_path / "trial").exists()


def test_the_login_leaves_the_address() -> None:
    found = read_address("rtsp://admin:p%40ss@10.0.0.7/1")
    assert found.url == "rtsp://10.0.0.7/1"
    assert found.login is not None
    assert (found.login.user, found.login.password) == ("admin", "p@ss")


def test_the_path_of_a_file_is_an_address_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips.make(tmp_path / "clip.mp4", codec="h264", bframes=0, seconds=3, label="clip")
    monkeypatch.chdir(tmp_path)
    said = record("./clip.mp4", "trial", "--seconds", "3", "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout.splitlines()[-1])["seconds"] > 0
    (kept,) = (tmp_path / "trial").rglob("*.mp4")
    assert footage.sound(kept) == ""


async def test_a_camera_is_recorded_under_its_login(tmp_path: Path, loop_cache: Path) -> None:
    spec = CameraSpec(name="gang", user="admin", password="rah/asia")
    async with simulate([spec], cache=loop_cache) as site:
        words = (site.url("gang", login=True), tmp_path / "trial", "--seconds", "3")
        said = await asyncio.to_thread(record, *words)
    assert said.returncode == 0, said.stderr
    assert "rah" not in said.stderr + said.stdout


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("/proc/ronda-trial", "is not there and cannot be made"),
        ("/dev/null/trial", "is no folder, or something on the way to it is a file"),
        ("/" + "x" * 300, "is too long a name"),
    ],
)
def test_a_folder_that_cannot_be_made_is_a_sentence(folder: str, sentence: str) -> None:
    said = record("rtsp://127.0.0.1:9/1", folder)
    assert said.returncode == 1
    assert sentence in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_folder_of_another_installation_is_refused(tmp_path: Path) -> None:
    (tmp_path / volume.NAME).write_text('{"installation": "of another office"}')
    said = record("rtsp://127.0.0.1:9/1", tmp_path)
    assert said.returncode == 1
    assert "belongs to another installation" in said.stderr
    assert len(said.stderr.splitlines()) == 1
