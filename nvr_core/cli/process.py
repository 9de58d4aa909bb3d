"""One program that runs, whether we started it or found it running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nvr_core.wire import lock


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a parent keeps running."""

    name: str
    arguments: tuple[str, ...]
    """What follows the Python interpreter."""
    lock: Path | None = None
    """The file that the program holds locked while it runs, its pid inside; None: never adopted."""
    log: Path
    """Where its standard output and error go."""

    @property
    def command(self) -> list[str]:
        # -P: a file named json.py in the folder where somebody typed `ronda run` must not count.
        return [sys.executable, "-P", *self.arguments]


class Process:
    """A running program, held by a pidfd: no signal ever reaches another one that got its pid."""

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._child = child
        self._descriptor = os.pidfd_open(pid)

    @classmethod
    def start(cls, program: Program) -> Self:
        """Start it in a session of its own, where no Ctrl-C of our terminal reaches it."""
        program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        log = os.open(program.log, flags, 0o600)
        try:
            child = subprocess.Popen(  # noqa: S603 -- our own interpreter and programs
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(log)
        return cls(child.pid, child)

    @classmethod
    def adopt(cls, program: Program) -> Self | None:
        """The process that holds the program's lock; None when nobody does."""
        pid = lock.holder(program.lock) if program.lock else None
        if not pid:
            return None
        try:
            process = cls(pid)
        except ProcessLookupError:
            return None
        # Between reading the pid and opening it, the holder may have ended and its pid gone on.
        assert program.lock is not None  # a pid came out of it
        if lock.holder(program.lock) != pid:
            process.close()
            return None
        return process

    async def ended(self) -> int | None:
        """Wait for its end; the exit code (negative: the signal), None for an adopted one."""
        loop = asyncio.get_running_loop()
        end = asyncio.Event()
        loop.add_reader(self._descriptor, end.set)
        try:
            await end.wait()
        finally:
            loop.remove_reader(self._descriptor)
        return self._child.wait() if self._child else None

    def runs(self, program: Program) -> bool:
        """Whether it was started as the program says; False when that cannot be seen."""
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")[:-1]
        except OSError:
            return False
        return words[-len(program.arguments) :] == [*map(os.fsencode, program.arguments)]

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def close(self) -> None:
        """Let go of it. It is waited for or not ours: it goes on."""
        os.close(self._descriptor)


async def end(processes: Sequence[Process], patience: float) -> None:
    """End them, wait for it, and let go of them: SIGTERM, after `patience` seconds SIGKILL."""
    ends = [asyncio.create_task(process.ended()) for process in processes]
    for process in processes:
        process.send(signal.SIGTERM)
    if ends:
        _, left = await asyncio.wait(ends, timeout=patience)
        for process in processes if left else ():
            process.send(signal.SIGKILL)
        await asyncio.wait(ends)
    for process in processes:
        process.close()


def spoken(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "ended"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
