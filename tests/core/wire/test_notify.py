"""What systemd hears from a program: on a path, in the abstract namespace, or nothing at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nvr_core.wire import notify


@pytest.fixture(params=["path", "abstract"])
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "path":
        return str(tmp_path / "notify")
    return f"@ronda-test-{os.getpid()}"


def bound(name: str) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.settimeout(10)
    listening.bind("\0" + name[1:] if name.startswith("@") else name)
    return listening


def test_every_word_arrives(name: str) -> None:
    environment = {"NOTIFY_SOCKET": name}
    with bound(name) as systemd:
        assert notify.ready(environment)
        assert notify.watchdog(environment)
        assert notify.status("3 cameras\nSTOPPING=1", environment)
        assert notify.main_process(4711, environment)
        assert notify.stopping(environment)
        heard = [systemd.recv(1000).decode() for _ in range(5)]
    assert heard == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=3 cameras STOPPING=1",
        "MAINPID=4711",
        "STOPPING=1",
    ]


def test_a_program_reads_its_own_environment(name: str) -> None:
    with bound(name) as systemd:
        subprocess.run(
            [sys.executable, "-c", "from nvr_core.wire import notify; notify.ready()"],
            env=os.environ | {"NOTIFY_SOCKET": name},
            check=True,
        )
        assert systemd.recv(1000) == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:1:2"}])
def test_without_systemd_nobody_is_told(environment: dict[str, str]) -> None:
    assert not notify.ready(environment)


def test_a_deaf_or_absent_systemd_stops_nobody(name: str) -> None:
    environment = {"NOTIFY_SOCKET": name}
    assert not notify.ready(environment)
    with bound(name):
        told = [notify.watchdog(environment) for _ in range(5000)]
    assert told[0]
    assert not told[-1]
