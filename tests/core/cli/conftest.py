"""Small real programs, and the parent of some of them in a process of its own."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nvr_core import settings
from nvr_core.cli.process import Program
from nvr_core.cli.programs import programs
from nvr_core.wire import lock

LOCKED = """
import pathlib, signal, sys
from nvr_core.wire import lock
with lock.single(pathlib.Path(sys.argv[1])):
    print("at work", flush=True)
    signal.sigwait({signal.SIGTERM})
"""
"""Holds its lock and works until it is told to end."""

STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("at work", flush=True)
while True:
    signal.pause()
"""

CRASHING = "import sys; sys.exit(3)"

Make = Callable[..., Program]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a program of a script, with a lock and a log in this test's folder."""

    def program(name: str, script: str = LOCKED, *, locked: bool = True) -> Program:
        held = tmp_path / f"{name}.lock"
        arguments = ("-c", script, str(held))
        log = tmp_path / "log" / f"{name}.log"
        return Program(name=name, arguments=arguments, lock=held if locked else None, log=log)

    return program


class Said:
    """What a parent said, to be waited for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._more = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._more.set()

    async def wait(self, part: str, times: int = 1) -> list[str]:
        """The lines with this part, as soon as there are so many."""
        async with asyncio.timeout(20):
            while len(found := [line for line in self.lines if part in line]) < times:
                self._more.clear()
                await self._more.wait()
        return found


@pytest.fixture
async def said() -> Said:
    return Said()


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process beside all others, of which nobody may take notice."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what files and other processes tell: neither has an event to wait for."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.01)


@pytest.fixture
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


NAMES = ["recorder-rtsp", "recorder-av", "analyst", "server"]


@dataclass
class Office:
    """A data folder, and the `ronda run`s of a test."""

    config: Path
    page: str
    runs: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self) -> subprocess.Popen[str]:
        script = "from nvr_core.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", script, "run", "--config", str(self.config)],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.runs.append(process)
        return process

    def holders(self) -> dict[str, int | None]:
        """The pid of each program that runs."""
        found = settings.load(self.config)
        runtime = settings.runtime_folder(found)
        every = programs(found, self.config, runtime)
        return {one.name: lock.holder(one.lock) for one in every if one.lock}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    config = tmp_path / "ronda.toml"
    config.write_text(f'runtime = "run"\nserver.port = {port}\n')
    office = Office(config, f"http://127.0.0.1:{port}/")
    yield office
    for process in office.runs:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert set(office.holders().values()) == {None}


def heard(process: subprocess.Popen[str], *parts: str) -> list[str]:
    """Its lines until each part has stood in one."""
    assert process.stderr is not None
    missing = list(parts)
    lines: list[str] = []
    while missing:
        line = process.stderr.readline()
        assert line, f"it ended without saying {missing}: {lines}"
        lines.append(line.rstrip("\n"))
        missing = [part for part in missing if part not in line]
    return lines
