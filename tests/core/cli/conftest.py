"""Small real programs, and the parent of some of them in a process of its own."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nvr_core.cli.process import Program

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
        lock = tmp_path / f"{name}.lock"
        arguments = ("-c", script, str(lock))
        log = tmp_path / "log" / f"{name}.log"
        return Program(name=name, arguments=arguments, lock=lock if locked else None, log=log)

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
