"""The side of a renewal that ends: a recorder starts its successor and hands it stream by stream.

Until the last stream is handed over it can take everything back, and does so when the successor
fails in any way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from nvr_core.recorder.telling import first_number
from nvr_core.wire import codec, notify, succession
from nvr_core.wire.errors import SentenceError, UnknownMessage, WireError
from nvr_core.wire.facts import Notice
from nvr_core.wire.lock import Lock
from nvr_core.wire.succession import Done, Estate, Have, Left, Ready, Signed, Stop, Whole, Yours
from nvr_core.wire.wants import Want

if TYPE_CHECKING:
    from nvr_core.recorder.running import Running

log = logging.getLogger(__name__)

START = 30.0
"""Seconds in which the successor must have loaded its code."""

SILENCE = 20.0
"""Seconds without a sign of life after which it is given up."""

SIGNING = 20.0
"""Seconds in which it must have taken over the journal."""

SPARE = 100_000
"""Numbers that are left to this recorder before the successor's begin."""

NOT_RENEWED = "not-renewed"
"""The notice's code."""


class Failed(SentenceError):
    """The successor does not take over."""


class Renewal:
    """One attempt."""

    def __init__(
        self,
        running: Running,
        locks: Sequence[Lock],
        stop_serving: Callable[[], Awaitable[None]],
    ) -> None:
        """locks: the runtime folder's, the journal's."""
        self._running = running
        self._locks = locks
        self._stop_serving = stop_serving
        self._child: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._left: list[Left] = []
        self._handing: set[asyncio.Task[None]] = set()
        self.final = False
        """There is no way back any more."""
        self.want: Want | None = None
        """The newest that is wanted since it began: whoever records afterwards does it."""

    async def run(self) -> bool:
        """True: the successor has everything, and we are to end. False: all is as before."""
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs:
                    self._child = _spawned(theirs)
                log.info("process %d is to take over", self._child.pid)
                await self._introduce(ours)
                reader, self._writer = await asyncio.open_unix_connection(
                    sock=ours, limit=codec.LINE_LIMIT
                )
                await self._hand_over(reader)
            except asyncio.CancelledError:
                self._send(Stop())
                raise
            except Exception as error:
                if not isinstance(error, SentenceError | OSError):
                    log.exception("a fault of Ronda while it was renewed")
                await self._fail(error)
                return False
            await self._finish(reader)
        return True

    async def bury(self, patience: float) -> None:
        """A successor that was told to end, or that failed, must not outlive us."""
        child = self._child
        if child is None or self.final:
            return
        waits = round(patience / 0.02)
        while child.poll() is None and waits:
            waits -= 1
            await asyncio.sleep(0.02)
        if child.poll() is None:
            child.kill()
            await asyncio.sleep(0.02)
            child.poll()

    async def _introduce(self, line: socket.socket) -> None:
        """Hear that the successor runs, and tell it everything."""
        loop = asyncio.get_running_loop()
        line.setblocking(False)
        said = b""
        async with asyncio.timeout(START):
            while not said.endswith(b"\n"):
                more = await loop.sock_recv(line, 4096)
                if not more:
                    raise Failed("it ended before it said anything; its log says why")
                said += more
        ready = succession.decode(said)
        if not isinstance(ready, Ready):
            raise Failed("it does not say that it is ready")
        log.info("Ronda %s is ready to take over", ready.software)
        running = self._running
        estate = succession.encode(
            Estate(
                recorder_start=running.recorder.recorder_start,
                first=first_number(running.telling.next_number + SPARE),
                inside=running.logins.inside,
                want=running.recorder.wanted,
            )
        )
        descriptors = [lock.descriptor for lock in self._locks]
        sent = socket.send_fds(line, [estate], descriptors)
        await loop.sock_sendall(line, estate[sent:])

    async def _hand_over(self, reader: asyncio.StreamReader) -> None:
        """Let go of streams as the successor has them, until it has all."""
        while True:
            async with asyncio.timeout(SILENCE):
                line = await reader.readline()
            if not line:
                raise Failed("it ended; its log says why")
            try:
                message = succession.decode(line)
            except UnknownMessage:
                self._running.telling.pass_on(line)
                continue
            if isinstance(message, Have):
                task = asyncio.create_task(self._let_go(message.streams), name="hand over")
                self._handing.add(task)
                task.add_done_callback(self._handing.discard)
            elif isinstance(message, Whole):
                return

    async def _let_go(self, streams: tuple[str, ...]) -> None:
        try:
            left = await self._running.recorder.hand_over(streams)
        except Exception:
            log.exception("a fault of Ronda while it handed streams over")
            if self._writer is not None:
                self._writer.transport.abort()  # that is noticed, and ends the attempt
            return
        self._left += left
        self._send(Yours(streams=left))
        log.info("handed over: %s", ", ".join(one.stream for one in left))

    async def _finish(self, reader: asyncio.StreamReader) -> None:
        """Write down the last fact, and wait until the successor goes on with the journal."""
        self.final = True
        assert self._child is not None
        await self._running.recorder.leave()
        await self._stop_serving()
        self._send(Done(want=self.want))
        with contextlib.suppress(TimeoutError, WireError, OSError):
            async with asyncio.timeout(SIGNING):
                while line := await reader.readline():
                    with contextlib.suppress(UnknownMessage):
                        if isinstance(succession.decode(line), Signed):
                            for lock in self._locks:
                                lock.leave()
                            notify.main_process(self._child.pid)
                            log.info("renewed: process %d goes on", self._child.pid)
                            return
        log.error("process %d did not go on with the journal", self._child.pid)

    async def _fail(self, error: Exception) -> None:
        """All is as before; the successor's files are repaired."""
        why = str(error) or "it does not answer"
        log.error("the recorder is not renewed: %s; this one goes on", why)
        if self._child is not None:
            self._child.kill()
        await self.bury(5.0)
        if self._handing:
            await asyncio.wait(self._handing)
        if self._writer is not None:
            self._writer.close()
        recorder = self._running.recorder
        recorder.take_back(self._left, "the recorder that was to take over ended")
        sentence = f"the recorder could not be renewed ({why}); the one of before goes on"
        recorder.tell(Notice(code=NOT_RENEWED, sentence=sentence))

    def _send(self, message: succession.Message) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(succession.encode(message))


def _spawned(line: socket.socket) -> subprocess.Popen[bytes]:
    """Ourselves once more, with the code that is installed now."""
    number = line.fileno()
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and arguments
        [sys.executable, *sys.orig_argv[1:]],
        stdin=subprocess.DEVNULL,
        pass_fds=(number,),
        env={**os.environ, succession.ENVIRONMENT: str(number)},
        start_new_session=True,
    )
