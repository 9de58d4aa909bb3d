"""The units are ones that systemd takes, and their programs talk to it as they promise."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from nvr_core import settings
from nvr_core.cli import systemd
from nvr_core.wire.errors import SentenceError

UNITS = ["ronda-recorder@.service", "ronda-server.service", "ronda-analyst.service"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of an office whose folders have odd names, and whose page takes any port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    path = tmp_path / "100% sure" / "ronda.toml"
    path.parent.mkdir()
    path.write_text(f'data = "da ta"\nserver.port = {port}\n')
    return path


@pytest.fixture
def folder(tmp_path: Path, config: Path) -> Path:
    """The unit folder after an installation."""
    prefix = tmp_path / "image"
    done = CliRunner().invoke(
        systemd.command, ["install", "--prefix", str(prefix), "--config", str(config)]
    )
    assert done.exit_code == 0, done.output
    return prefix / "etc" / "systemd" / "system"


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    units = [str(folder / name) for name in (*UNITS, "ronda.target")]
    return subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )


def test_systemd_has_nothing_to_say_about_them(folder: Path) -> None:
    found = verified(folder)
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    ("unit", "old", "new"),
    [
        (systemd.HARDENING, "NoNewPrivileges=yes", "NoNewPrivilege=yes"),
        ("ronda-recorder@.service", "RestartSec=200ms", "RestartSec=soon"),
        ("ronda-server.service", "/python", "/no-python"),
        ("ronda-analyst.service", "Type=notify", "Type=notified"),
    ],
)
def test_a_planted_mistake_is_found(folder: Path, unit: str, old: str, new: str) -> None:
    text = (folder / unit).read_text()
    assert old in text
    (folder / unit).write_text(text.replace(old, new))
    found = verified(folder)
    assert found.stderr
    assert Path(unit).name.partition("@")[0] in found.stderr


def fields(folder: Path, unit: str) -> Mapping[str, str]:
    """A unit's fields, with the drop-in read last, as systemd does."""
    text = (folder / unit).read_text() + (folder / systemd.HARDENING).read_text()
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("unit", UNITS)
def test_what_the_design_promises_of_each_program(folder: Path, unit: str) -> None:
    found = fields(folder, unit)
    assert found["Restart"] == "always"
    assert found["RestartSec"] == "200ms"
    assert found["StartLimitIntervalSec"] == "0"
    assert found["Type"] == "notify"
    assert int(found["WatchdogSec"]) > 0
    assert found["RuntimeDirectoryPreserve"] == "yes"
    assert found["User"] == "ronda"
    assert "Requires" not in found
    assert "BindsTo" not in found


def test_a_recorder_is_the_last_to_be_killed_for_memory(folder: Path) -> None:
    assert fields(folder, "ronda-recorder@.service")["OOMScoreAdjust"] == "-900"


def test_no_shared_field_undoes_one_of_a_program(folder: Path) -> None:
    shared = set(re.findall(r"^(\w+)=", (folder / systemd.HARDENING).read_text(), re.MULTILINE))
    for unit in UNITS:
        own = set(re.findall(r"^(\w+)=", (folder / unit).read_text(), re.MULTILINE))
        assert not own & shared, unit


def command_of(folder: Path, unit: str, instance: str, runtime: Path) -> list[str]:
    """The command line as systemd makes it of ExecStart."""
    line = fields(folder, unit)["ExecStart"].replace("%i", instance).replace("%%", "%")
    return [
        word.replace("$$", "$") for word in shlex.split(line.replace("/run/ronda", str(runtime)))
    ]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """What listens on NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(30)
        listening.bind(str(tmp_path / "notify"))
        yield listening


@pytest.mark.parametrize(
    ("unit", "instance"),
    [
        ("ronda-recorder@.service", "rtsp"),
        ("ronda-recorder@.service", "av"),
        ("ronda-server.service", ""),
        ("ronda-analyst.service", ""),
    ],
)
def test_a_program_says_that_it_is_ready_alive_and_ending(
    folder: Path, tmp_path: Path, manager: socket.socket, unit: str, instance: str
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    own = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "RUNTIME_DIRECTORY": str(runtime)}
    own["WATCHDOG_USEC"] = "20000000"
    process = subprocess.Popen(
        command_of(folder, unit, instance, runtime),
        env=os.environ | own,
        cwd="/",
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        words = {manager.recv(100), manager.recv(100)}
        while b"READY=1" not in words or b"WATCHDOG=1" not in words:
            words.add(manager.recv(100))
        process.send_signal(signal.SIGTERM)
        while b"STOPPING=1" not in words:
            words.add(manager.recv(100))
        _, said = process.communicate(timeout=20)
        assert process.returncode == 0, said
    finally:
        process.kill()
        process.communicate()


def test_a_path_is_read_back_by_systemd_as_it_was() -> None:
    odd = Path('/srv/a b"c\\d$e%f')
    assert systemd.quoted(odd) == '"/srv/a b\\"c\\\\d$e%%f"'
    assert systemd.quoted(odd, command=True) == '"/srv/a b\\"c\\\\d$$e%%f"'
    with pytest.raises(SentenceError, match="control character"):
        systemd.quoted(Path("/srv/a\nExecStart=/bin/sh"))


def test_only_what_is_written_to_can_be_written(tmp_path: Path) -> None:
    found = settings.parse('data = "/srv/ronda"\nstorage.folder = "/disk"', tmp_path / "ronda.toml")
    filled = systemd.marks(
        found, Path("/etc/ronda/ronda.toml"), "ronda", Path("/opt/ronda/bin/python")
    )
    assert filled["WRITTEN"] == '"-/srv/ronda" "-/disk" "-/run/ronda"'
    assert filled["RUNTIME_WRITTEN"] == '"-/run/ronda"'
    home = systemd.marks(found, Path("/home/pi/ronda.toml"), "pi", Path("/usr/bin/python3"))
    assert home["HOME"] == "read-only"


@pytest.mark.parametrize("user", ["Ronda", "ron da", "", "x\nUser=root", "-x"])
def test_a_user_name_that_is_none_is_refused(config: Path, tmp_path: Path, user: str) -> None:
    arguments = ["install", "--prefix", str(tmp_path), "--config", str(config), "--user", user]
    refused = CliRunner().invoke(systemd.command, arguments)
    assert isinstance(refused.exception, SentenceError)
    assert "no user name" in str(refused.exception)


def test_it_says_what_remains_to_be_done(config: Path) -> None:
    found = settings.load(config)
    steps = systemd.next_steps(found, config, "nobody-of-this-machine")
    assert steps[0].startswith("useradd --system")
    assert f"'{found.data}'" in steps[1]
    assert steps[-1] == "systemctl enable --now ronda.target"
    assert not any("useradd" in step for step in systemd.next_steps(found, config, "root"))


def test_a_folder_that_the_user_cannot_enter_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = systemd.closed_to("nobody-of-this-machine", closed / "bin" / "python")
    assert found is not None
    assert not found.stat().st_mode & 0o001
    assert systemd.closed_to("root", Path("/usr/bin/python3")) is None
