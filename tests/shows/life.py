"""A recorder's lives: each ends by kill -9, and the next begins as the parent would let it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from nvr_core.wire import link
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import Durable
from tests.shows.office import ROOT, Office

RESTART = 0.2
"""Seconds after which the parent and systemd start a recorder again."""


class Life:
    """One recorder process. What it says on stderr goes to a file."""

    def __init__(self, office: Office, log: Path, *options: str) -> None:
        self._office = office
        self._log = log
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self.durable = 0
        """What the recorder has last said to survive a power cut: wall time, µs."""

    @property
    def pid(self) -> int:
        """Of the process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    async def begin(self) -> None:
        """Start the process; returns at once."""
        office = self._office
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nvr_core.recorder", "--name", "rtsp"),
                *("--data", str(office.data), "--runtime", str(office.runtime)),
                *self._options,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )
        self._listening = asyncio.create_task(self._listen())

    async def kill(self) -> int:
        """kill -9. Returns the moment, µs of wall time."""
        assert self._process is not None
        moment = self._office.clock.wall()
        with contextlib.suppress(ProcessLookupError):  # it found its disk dead, and ended
            self._process.send_signal(signal.SIGKILL)
        await self._end()
        return moment

    async def stop(self) -> None:
        """SIGTERM: it closes its files and tells its last facts."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        await self._end()

    async def _end(self) -> None:
        process, listening = self._process, self._listening
        assert process is not None
        assert listening is not None
        await process.wait()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening

    async def _listen(self) -> None:
        socket = self._office.runtime / "rtsp.sock"
        while True:
            with contextlib.suppress(SentenceError, OSError, TimeoutError):
                async with link.connected(socket) as line:
                    async for message in line:
                        if isinstance(message, Durable):
                            self.durable = max(self.durable, message.through)
            await asyncio.sleep(0.1)
