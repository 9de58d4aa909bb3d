"""scripts/debian as different people meet it: the programs around it are told what to answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "debian"
LINE = "apt-get update && apt-get install -y --no-install-recommends python3-venv"


class Machine:
    """A folder of programs that stands for a machine; what they were asked is written down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = folder / "asked"
        for tool in ("sh", "cat", "echo", "sed"):
            (folder / tool).symlink_to(shutil.which(tool) or tool)
        self.program("dpkg-query", 'case "$*" in *ffmpeg*) printf installed;; *) exit 1;; esac')
        self.program("apt-get", f'echo "apt-get $*" >>{self.asked}')
        self.user(1000)

    def program(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def user(self, number: int) -> None:
        self.program("id", f"echo {number}")

    def run(self, *packages: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPT), *packages],
            env={**os.environ, "PATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> list[str]:
        return self.asked.read_text().splitlines() if self.asked.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_asked_for_what_is_installed(machine: Machine) -> None:
    machine.user(0)
    assert machine.run("ffmpeg").returncode == 0
    assert machine.installed() == []


def test_root_installs_only_what_is_missing(machine: Machine) -> None:
    machine.user(0)
    assert machine.run("ffmpeg", "python3-venv").returncode == 0
    assert " && ".join(machine.installed()) == LINE


def test_somebody_with_sudo_installs_by_it(machine: Machine) -> None:
    machine.program("sudo", f'echo sudo >>{machine.asked}; shift; exec "$@"')
    assert machine.run("python3-venv").returncode == 0
    assert machine.installed() == ["sudo", *LINE.split(" && ")]


@pytest.mark.parametrize("sudo", ["missing", "refusing"])
def test_anybody_else_is_told_the_line_to_type(machine: Machine, sudo: str) -> None:
    if sudo == "refusing":
        machine.program("sudo", "echo 'not in the sudoers file' >&2; exit 1")
    done = machine.run("python3-venv")
    assert done.returncode == 1
    assert f'su -c "{LINE}"' in done.stderr
    assert machine.installed() == []


def test_a_system_that_is_no_debian_is_told_so(machine: Machine) -> None:
    (machine.folder / "apt-get").unlink()
    (machine.folder / "dpkg-query").unlink()
    done = machine.run("python3-venv")
    assert done.returncode == 1
    assert "no apt-get" in done.stderr
