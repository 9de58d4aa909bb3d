"""The commands that ask the catalogue: of a running server, and of a data folder without one."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nvr_core import admin
from nvr_core.cli.volumes import command
from nvr_core.clock import SECOND, SystemClock
from nvr_core.state.opening import NAME, opened
from nvr_core.wire.errors import SentenceError
from tests.core.admin import filled
from tests.core.admin.filled import GATE, NAMES, POST, SENTENCE, Still

TOLD = {"place": 2, "parts": [1], "stream": "", "sentence": "It has moved."}
AGO = 3600 * SECOND
WITHOUT = "no server runs: this is what the catalogue held when it ended\n"
TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00"


@pytest.fixture
def began() -> int:
    """An hour ago, on the second."""
    return (SystemClock().wall() - AGO) // SECOND * SECOND


@pytest.fixture
def config(tmp_path: Path, began: int) -> Path:
    """Settings of two cameras, of which one recorded for 50 s an hour ago."""
    data = tmp_path / "data"

    async def fill() -> None:
        async with opened(data, SystemClock(), pause=0) as state:
            await filled.fill(state, Still(began), data / "volume")
            await filled.add(
                state, filled.seen(1, began), filled.seen(2, began + SECOND, detail=TOLD)
            )

    asyncio.run(fill())
    names = {name: camera for camera, name in NAMES.items()}
    (data / "cameras.json").write_text(json.dumps({"cameras": names}))
    (data / "installation.json").write_text('{"installation": "ours"}')
    (data / "volume").mkdir()
    (data / "volume" / "volume.json").write_text('{"installation": "ours"}')
    path = tmp_path / "ronda.toml"
    path.write_text(
        f'runtime = "run"\nserver.port = {free_port()}\nstorage.limit = "1 GiB"\n'
        + "".join(f'[[camera]]\nname = "{name}"\nmain = "rtsp://127.0.0.1:9/x"\n' for name in names)
    )
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Said(subprocess.CompletedProcess[str]):
    """What a command said."""

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.splitlines()]


def ronda(*words: str | Path) -> Said:
    script = "from nvr_core.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    # Paths stay whole, however long: they are copied.
    lines = [line for line in done.stdout.splitlines() if "/" not in line and line[:1] != "{"]
    assert max(map(len, lines), default=0) <= 80
    return Said(done.args, done.returncode, done.stdout, done.stderr)


@contextmanager
def server(config: Path) -> Iterator[subprocess.Popen[str]]:
    """A server that is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nvr_web", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines: list[str] = []
        while "the page is at" not in "".join(lines):
            line = process.stderr.readline()
            assert line, lines
            lines.append(line)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_all_is_told_without_a_server(config: Path, began: int) -> None:
    own = ("--config", config)
    listed = ronda("camera", "list", *own)
    assert (listed.returncode, listed.stderr) == (0, WITHOUT)
    head, gate, about, missing, *_ = listed.stdout.splitlines()
    assert head.split("  ")[0] == "camera"
    assert re.search(rf"^Gerbang Utara +\d+\.\d\d % .* (KiB|B)  {TIME}$", gate)
    assert about == f"  {GATE}  main"
    assert re.search(rf"^  main: gap since {TIME}, disk-slow: the camera at", missing)
    assert f"  {POST}  nothing recorded yet" in listed.stdout

    shown = ronda("camera", "show", "gerbang utara", *own)
    assert GATE in shown.stdout
    assert "disk-slow" in shown.stdout

    gaps = ronda("gaps", GATE, *own, "--json").objects()
    assert [(one["cause"], one["began"] - began) for one in gaps] == [
        ("camera-unreachable", 50 * SECOND),
        ("by-schedule", 80 * SECOND),
        ("disk-slow", 100 * SECOND),
    ]
    assert gaps[2]["sentence"] == SENTENCE
    told = ronda("gaps", "Gerbang Utara", *own).stdout
    assert re.search(rf"^{TIME}  {TIME}  +0:00:30\.0  main$", told, re.MULTILINE)
    assert "pause, by-schedule\n" in told
    assert "main: 2 gaps, " in told
    assert "no gap from " in ronda("gaps", POST, *own).stdout

    covered = ronda("coverage", *own, "--days", "2").stdout
    assert re.search(r"^all  +\d+\.\d\d %", covered, re.MULTILINE)
    assert re.search(r"^  camera-unreachable +0:00:30\.0$", covered, re.MULTILINE)

    (volume, told_of) = ronda("volumes", *own, "--json").objects()
    assert (volume["trouble"], volume["limit"]) == ("", 1 << 30)
    assert volume["free"] > 0
    assert "/vol holds no volume.json" in told_of["trouble"]
    assert "/vol holds no" in ronda("volumes", *own).stdout

    events = ronda("events", *own).stdout
    assert "\n  It has moved.; place: 2; parts: [1]; said by test\n" in events
    assert events.index("place: 2") < events.index("place: 1")
    assert "Gerbang Utara" in events
    assert "no event since" in ronda("events", "--since", "2199-01-01T00:00:00Z", *own).stdout


def test_all_is_told_by_a_running_server(config: Path, began: int) -> None:
    own = ("--config", config)
    with server(config) as process:
        for words in (["camera", "list"], ["camera", "show", POST], ["volumes"], ["events"]):
            said = ronda(*words, *own)
            assert (said.returncode, said.stderr) == (0, ""), words
        gaps = ronda("gaps", GATE, *own, "--json").objects()
        assert [one["began"] - began for one in gaps][:2] == [50 * SECOND, 80 * SECOND]
        at = "2001-01-01T00:00:00Z"
        covered = ronda("coverage", "GERBANG UTARA", at, "2199-01-01T00:00:00Z", *own, "--json")
        assert covered.objects()[0]["recorded"] == 50 * SECOND
        refused = ronda("gaps", "Gerbang Utra", *own)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == "there is no camera 'Gerbang Utra'; Gerbang Utara may be meant\n"
        assert process.poll() is None


def following(config: Path) -> subprocess.Popen[str]:
    script = "from nvr_core.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", script, "events", "--follow", "--json", "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_following_ends_with_ctrl_c_and_is_told_when_the_server_ends(config: Path) -> None:
    with server(config) as process:
        first, second = following(config), following(config)
        for one in (first, second):
            assert one.stdout is not None
            places = [json.loads(one.stdout.readline())["detail"]["place"] for _ in range(2)]
            assert places == [1, 2]
        first.send_signal(signal.SIGINT)
        assert first.communicate(timeout=20) == ("", "")
        assert first.returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        said = second.communicate(timeout=20)
        assert said == ("", "the server ended while it answered; ask again\n")
        assert second.returncode == 1
    refused = ronda("events", "--follow", "--config", config)
    assert refused.returncode == 1
    assert "no server runs, so no event will come" in refused.stderr


def test_a_server_that_was_killed_leaves_a_socket_that_means_nothing(config: Path) -> None:
    with server(config):
        pass
    assert (config.parent / "run" / admin.NAME).exists()
    assert ronda("volumes", "--config", config).stderr == WITHOUT


def test_a_catalogue_that_another_process_holds_is_told(config: Path) -> None:
    text = config.read_text()
    with server(config) as process:
        config.write_text(text.replace('"run"', '"other"'))
        said = ronda("volumes", "--config", config)
        assert said.returncode == 1
        assert f"process {process.pid} has the catalogue open and does not answer" in said.stderr


def test_nothing_is_made_where_no_catalogue_is(tmp_path: Path) -> None:
    config = tmp_path / "ronda.toml"
    config.write_text('runtime = "run"\n')
    said = ronda("camera", "list", "--config", config)
    assert said.returncode == 1
    assert f"{tmp_path / 'data' / NAME} is not there" in said.stderr
    assert not (tmp_path / "data").exists()
    assert ronda("gaps", "x", "--config", tmp_path / "nowhere.toml").returncode == 1


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["gaps", "x", "yesterday"], "FROM (yesterday) needs a TO"),
        (["gaps", "x", "2026-01-01T00:00:00", "2026-01-02T00:00:00"], "in which zone"),
        (["gaps", "x", "2026-01-02T00:00Z", "2026-01-01T00:00Z"], "is not after FROM"),
        (["coverage", "x", "2026-01-02T00:00Z"], "needs a TO"),
        (["coverage", "2026-01-02T00:00Z", "2026-01-03T00:00Z", "x"], "write the cameras first"),
        (
            ["coverage", "2026-01-02T00:00Z", "2026-01-03T00:00Z", "--days", "3"],
            "two ways to say the same",
        ),
        (["events", "--since", "1h"], "'1h' is not a time"),
    ],
)
def test_a_wrong_span_is_told_before_anybody_is_asked(words: list[str], part: str) -> None:
    said = ronda(*words)
    assert said.returncode == 1
    assert part in said.stderr


def test_the_office_of_another_user_is_told(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65_534)
    with pytest.raises(SentenceError, match=r"data belongs to .*; ask as that user, or as root"):
        CliRunner().invoke(command, ["--config", str(config)], catch_exceptions=False)
