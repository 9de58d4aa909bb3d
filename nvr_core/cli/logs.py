"""The programs' log files: in the runtime folder, bounded, and copied to the terminal.

They lie in memory because no log line may ever make a recorder wait for a disk or a terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from nvr_core.cli.process import Program

BYTES = 1 << 20
"""A log that grew beyond this becomes <name>.log.1, and the former one of that name goes."""

INTERVAL = 0.25
READ = 64 << 10
"""Bytes of one log that are copied at a time."""


class Log:
    """One program's log, read from where it was left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = self._size()
        """An adopted program's older lines were shown by the parent before."""

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def news(self) -> list[str]:
        """The whole lines that came since the last call."""
        size = self._size()
        if size < self._place:
            self._place = 0
        if size == self._place:
            return []
        with self.path.open("rb") as file:
            file.seek(self._place)
            raw = file.read(READ)
        whole = raw.rfind(b"\n") + 1 or (len(raw) if len(raw) == READ else 0)
        self._place += whole
        return raw[:whole].decode(errors="replace").splitlines()

    def trim(self) -> None:
        """Keep it within its bound. Lines written at this very moment may be lost."""
        if self._size() <= BYTES:
            return
        older = self.path.with_name(self.path.name + ".1")
        older.write_bytes(self.path.read_bytes())
        older.chmod(0o600)
        os.truncate(self.path, 0)
        self._place = 0


@contextlib.asynccontextmanager
async def followed(programs: Iterable[Program], show: Callable[[str], None]) -> AsyncIterator[None]:
    """Show what the programs log while the block runs, and keep the logs bounded."""
    logs = [Log(program.log) for program in programs]

    def look() -> None:
        for log in logs:
            for line in log.news():
                show(line)
            log.trim()

    async def run() -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            with contextlib.suppress(OSError):
                look()

    task = asyncio.create_task(run(), name="logs")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(OSError):
            look()
