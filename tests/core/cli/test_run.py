"""`ronda run` with the real programs: what it starts, what outlives it, what it takes over."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from nvr_core import settings

from .conftest import NAMES, Office, heard


def test_programs_outlive_their_parent_and_the_next_one_takes_them_over(office: Office) -> None:
    first = office.run()
    heard(first, *(f"{name} starts, process" for name in NAMES), "the page is at")
    with urllib.request.urlopen(office.page, timeout=10) as answer:
        assert answer.status == 200
    before = office.holders()
    assert list(before) == NAMES
    assert None not in before.values()

    refused = office.run()
    _, said = refused.communicate(timeout=20)
    office.runs.remove(refused)
    assert refused.returncode == 1
    assert said.startswith(f"Ronda runs already: process {first.pid} is the parent")

    first.kill()
    first.communicate()
    office.runs.remove(first)
    assert office.holders() == before

    second = office.run()
    heard(second, *(f"{name} goes on, process {pid}" for name, pid in before.items()))
    second.send_signal(signal.SIGUSR1)
    heard(second, "server ended; it is started again", "server starts, process", "the page is at")
    after = office.holders()
    assert after.pop("server") not in (None, before.pop("server"))
    assert after == before
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=30) == 0


def test_changed_settings_reach_the_server_and_the_analyst(office: Office, tmp_path: Path) -> None:
    first = office.run()
    heard(first, *(f"{name} starts, process" for name in NAMES), "the page is at")
    before = office.holders()
    text = office.config.read_text()

    office.config.write_text(f'{text}storage.folder = "elsewhere"\n')
    first.send_signal(signal.SIGUSR1)
    heard(first, "analyst starts, process", "server starts, process", "the page is at")
    after = office.holders()
    words = Path(f"/proc/{after['analyst']}/cmdline").read_text().split("\0")
    assert words[words.index("--root") + 1] == str(tmp_path / "elsewhere")
    recorders = NAMES[:2]
    assert [after[name] for name in recorders] == [before[name] for name in recorders]
    assert (tmp_path / "elsewhere" / "volume.json").exists()

    office.config.write_text("server.port = 0")
    first.send_signal(signal.SIGUSR1)
    heard(first, "field port: 0 is not a port", "all goes on as before")
    office.config.write_text(f'{text}data = "another"\n')
    first.send_signal(signal.SIGUSR1)
    heard(first, "another data or runtime folder cannot be taken")
    office.config.write_text(text)
    assert office.holders() == after


def test_wrong_settings_are_told_before_anything_starts(office: Office) -> None:
    office.config.write_text("server.port = 0")
    process = office.run()
    _, said = process.communicate(timeout=20)
    office.runs.clear()
    assert process.returncode == 1
    assert said == f"{office.config}: [server], field port: 0 is not a port from 1 to 65535\n"
    office.config.write_text("")


def test_a_recorder_of_another_runtime_folder_is_not_doubled(
    office: Office, tmp_path: Path
) -> None:
    """As under systemd, whose runtime folder is another one than a shell's."""
    found = settings.load(office.config)
    words = [sys.executable, "-m", "nvr_core.recorder", "--name", "rtsp", "--data"]
    words += [str(found.data), "--runtime"]
    first = subprocess.Popen(
        [*words, str(tmp_path / "other")], stderr=subprocess.PIPE, text=True, cwd="/"
    )
    try:
        heard(first, "recording")
        second = subprocess.run(
            [*words, str(tmp_path / "third")],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            cwd="/",
        )
        assert second.returncode == 1
        assert f"process {first.pid} is already at it" in second.stderr
        refused = office.run()
        _, said = refused.communicate(timeout=20)
        assert refused.returncode == 1
        assert f"its recorder is process {first.pid}" in said
        assert "systemctl stop" in said
        assert first.poll() is None
        office.runs.remove(refused)
    finally:
        first.terminate()
        first.communicate(timeout=20)
