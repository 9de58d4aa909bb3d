"""The demo: one command, a page, recordings; a second one says where the first is; it can begin
again whatever happened to the one before."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core import settings
from nvr_core.cli import stage
from nvr_core.cli.programs import programs
from nvr_core.cli.stage import CAMERAS, Stage
from nvr_core.wire import lock
from nvr_core.wire.errors import SentenceError


@pytest.fixture
def folder(tmp_path: Path, loop_cache: Path) -> Path:
    """A demo's folder whose cameras were drawn before, if any test did."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "loops").symlink_to(loop_cache)
    return folder


@pytest.fixture
def demos(folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Demos of a test, all ended with it."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    stay = Stage(folder)
    runtime = settings.runtime_folder(stay.settings())
    for program in programs(stay.settings(), stay.config, runtime):
        assert program.lock is not None
        assert lock.holder(program.lock) is None, program.name


def demo(folder: Path) -> subprocess.Popen[str]:
    script = "from nvr_core.cli import main; main()"
    arguments = ["demo", "--folder", str(folder), "--port", "18080"]
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def page_of(process: subprocess.Popen[str]) -> str:
    """Read its screen as far as the page's address."""
    assert process.stderr is not None
    shown = ""
    while not (found := re.search(r"The page +(http://127\.0\.0\.1:\d+/)\n", shown)):
        line = process.stderr.readline()
        assert line, f"the demo ended:\n{shown}"
        shown += line
    return found[1]


def test_one_command_shows_three_cameras_and_a_killed_demo_can_begin_again(
    folder: Path, demos: list[subprocess.Popen[str]], bystander: subprocess.Popen[bytes]
) -> None:
    demos.append(demo(folder))
    page = page_of(demos[0])
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert answer.status == 200
        shown = answer.read().decode()
    assert all(name in shown for name in CAMERAS.values())
    assert list((folder / "data" / "volume").rglob("*.mp4"))

    second = demo(folder)
    _, said = second.communicate(timeout=30)
    assert second.returncode == 1
    assert said.startswith(f"the demo runs already: {page}\n")
    assert f"kill {demos[0].pid}" in said

    stay = Stage(folder)
    runtime = settings.runtime_folder(stay.settings())
    recorder = lock.holder(runtime / "rtsp.lock")
    demos[0].kill()
    demos.pop().communicate()
    assert lock.holder(runtime / "rtsp.lock") == recorder

    demos.append(demo(folder))
    page_of(demos[0])
    assert lock.holder(runtime / "rtsp.lock") not in (None, recorder)
    demos[0].send_signal(signal.SIGINT)
    _, said = demos[0].communicate(timeout=30)
    assert demos.pop().returncode == 0
    assert f"the footage stays in {folder}" in said
    assert bystander.poll() is None


def test_its_settings_are_those_of_ronda(folder: Path) -> None:
    written = Stage(folder).write(8081, 8555)
    read = settings.load(folder / "ronda.toml")
    assert read == written
    assert read.server.port == 8081
    assert [camera.name for camera in read.camera] == list(CAMERAS.values())
    assert all(camera.main.url.startswith("rtsp://127.0.0.1:8555/") for camera in read.camera)
    assert (read.storage.limit or 0) <= 1 << 30
    assert tomllib.loads((folder / "ronda.toml").read_text())
    assert (folder / "ronda.toml").stat().st_mode & 0o077 == 0


def test_its_folder_follows_the_desktops_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    assert stage.default_folder({}) == Path("/h/.local/share/ronda-demo")
    assert stage.default_folder({"XDG_DATA_HOME": "/x"}) == Path("/x/ronda-demo")
    assert stage.default_folder({"XDG_DATA_HOME": "x"}) == Path("/h/.local/share/ronda-demo")


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert stage.free_port(port) > port


def test_a_full_disk_is_told_before_anything_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "LEAST_FREE", 1 << 60)
    with pytest.raises(SentenceError, match="make room, or name a folder with --folder"):
        Stage(folder).check_space()
