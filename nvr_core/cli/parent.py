"""The parent: it starts programs, starts them again, and does nothing else.

It writes no file but its lock, opens no socket and knows no camera, so that there is little
for which it could end. When it does end, its programs go on; the next one adopts them.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from nvr_core.cli.process import Process, Program, spoken
from nvr_core.wire import lock
from nvr_core.wire.errors import SentenceError

RETRY_FIRST = 0.2
RETRY_LIMIT = 5.0
"""Seconds before a program is started again: doubling while it dies young."""

STEADY = 2.0
"""A program that lived this many seconds did not die young: RETRY_FIRST again."""

PATIENCE = 10.0
"""Seconds that programs have to end; then they are killed."""

Say = Callable[[str], None]


class Running(SentenceError):
    """Another parent keeps these programs already."""

    def __init__(self, held: lock.Held) -> None:
        super().__init__(
            f"Ronda runs already: process {held.pid} is the parent of its programs; use it, or end "
            f"it first with: kill {held.pid}"
        )
        self.pid = held.pid


class Parent:
    """Keeps programs running, forever."""

    def __init__(self, say: Say, *, patience: float = PATIENCE) -> None:
        self._say = say
        self._patience = patience
        self._ending = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._programs: dict[str, Program] = {}
        self.processes: dict[str, Process] = {}
        """What runs now, by the program's name."""

    def keep(self, program: Program) -> None:
        """Adopt or start this program now, and start it again whenever it ends."""
        self._programs[program.name] = program
        task = asyncio.get_running_loop().create_task(self._keep(program.name), name=program.name)
        self._tasks.add(task)

    async def end(self) -> None:
        """End all programs: SIGTERM, and SIGKILL for those that are still there later."""
        self._ending.set()
        for task in self._tasks:
            if task.get_name() not in self.processes:
                task.cancel()  # it waits to start a program: that will not be needed
        self._send(signal.SIGTERM)
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=self._patience)
            if left:
                self._say(f"{', '.join(sorted(self.processes))} did not end in time: killed")
                self._send(signal.SIGKILL)
                await asyncio.wait(left)

    def fits(self, program: Program) -> bool:
        """Whether what is kept under its name runs as this program says."""
        process = self.processes.get(program.name)
        return process.runs(program) if process else self._programs[program.name] == program

    def restart(self, program: Program) -> None:
        """End what is kept under its name, so that it is started again, as this program says."""
        self._programs[program.name] = program
        if (process := self.processes.get(program.name)) is not None:
            process.send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        for process in self.processes.values():
            process.send(number)

    async def _keep(self, name: str) -> None:
        delay = RETRY_FIRST
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            program = self._programs[name]
            end = await self._live(program)
            if _succeeded(program):
                continue  # a recorder that was renewed: its successor is watched, or ended
            if self._ending.is_set():
                return
            if loop.time() - began >= STEADY:
                delay = RETRY_FIRST
            self._say(f"{name} {end}; it is started again in {delay:.1f} s")
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_LIMIT)

    async def _live(self, program: Program) -> str:
        """One life of a program, from its start or adoption to its end, in words."""
        try:
            process = Process.adopt(program)
            how = "goes on" if process else "starts"
            process = process or Process.start(program)
        except OSError as error:
            return f"could not be started ({error})"
        self._say(f"{program.name} {how}, process {process.pid}")
        self.processes[program.name] = process
        if self._ending.is_set():
            process.send(signal.SIGTERM)
        try:
            return spoken(await process.ended())
        finally:
            del self.processes[program.name]
            process.close()


def _succeeded(program: Program) -> bool:
    """Another process holds the program's lock already."""
    process = Process.adopt(program)
    if process is not None:
        process.close()
    return process is not None


@contextlib.asynccontextmanager
async def parent(runtime: Path, say: Say) -> AsyncIterator[Parent]:
    """A parent while the block runs; its programs end with the block. Raises Running."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lock.single(runtime / "parent.lock"))
        except lock.Held as error:
            raise Running(error) from None
        keeper = Parent(say)
        try:
            yield keeper
        finally:
            await keeper.end()
