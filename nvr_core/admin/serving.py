"""The server's admin socket: one question a connection, its answer, and nothing that can wait for
whoever asks.

async with serving(runtime / admin.NAME, office):
    …
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from nvr_core.admin import lines, register
from nvr_core.admin.lines import Done, Line, LineError, Refused
from nvr_core.admin.office import Office
from nvr_core.recording.reads import Busy
from nvr_core.wire import peer
from nvr_core.wire.errors import SentenceError

log = logging.getLogger(__name__)

CONNECTIONS = 16
"""At a time; one more is told so."""
ASKING = 10.0
"""Seconds in which the question must have come."""
READING = 60.0
"""Seconds in which what was answered must be read."""


@asynccontextmanager
async def serving(path: Path, office: Office) -> AsyncIterator[None]:
    """Answer on this socket, which only its user and root may open, while the block runs.

    An old socket file is replaced: the caller holds the lock of this runtime folder. At the end
    everybody is hung up on. Raises OSError.
    """
    answering = _Answering(office)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listening.bind(str(path))
    path.chmod(0o600)
    server = await asyncio.start_unix_server(
        answering.serve, sock=listening, limit=lines.QUESTION_BYTES
    )
    try:
        yield
    finally:
        server.close()
        await answering.stop()
        await server.wait_closed()
        path.unlink(missing_ok=True)


class _Answering:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._known = {name: kind for name, (kind, _) in register.ANSWERS.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = False

    async def stop(self) -> None:
        self._ended = True  # a connection that was just taken has no task here yet
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio made a task for this connection; `stop` must be able to end it.
        task = cast("asyncio.Task[None]", asyncio.current_task())
        full = len(self._tasks) >= CONNECTIONS
        self._tasks.add(task)
        try:
            if self._ended:
                pass
            elif not peer.same_user(writer):
                log.warning("user %d asked at the admin socket", peer.peer_uid(writer))
            elif full:
                await _write(writer, Refused(f"{CONNECTIONS} commands ask already; try again"))
                await _closed(writer)
            else:
                await self._heard(reader, writer, peer.peer_uid(writer))
                await _closed(writer)
        except (OSError, TimeoutError):
            pass  # it hung up, or does not read
        except asyncio.CancelledError:
            pass  # the server ends; asyncio would log this as an error of its own task
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _heard(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, uid: int
    ) -> None:
        """Answer until all is said, or until whoever asked hangs up."""
        try:
            async with asyncio.timeout(ASKING):
                line = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            sentence = f"a question has at most {lines.QUESTION_BYTES} bytes"
            await _write(writer, Refused(sentence))
            return
        except (asyncio.IncompleteReadError, TimeoutError):
            return
        answering = asyncio.ensure_future(self._answer(line, writer, f"local:{uid}"))
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (answering, gone):
                one.cancel()
            await asyncio.gather(answering, gone, return_exceptions=True)

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter, by: str) -> None:
        office = replace(self._office, by=by)
        try:
            question = lines.asked(line, self._known, self._office.version)
            await _write(writer, register.head(office))
            async with aclosing(register.answered(office, question)) as answer:
                async for said in answer:
                    await _write(writer, said)
        except LineError as error:
            last: Line = Refused(str(error))
        except (ConnectionError, TimeoutError):
            raise
        except (SentenceError, Busy) as error:
            last = Refused(str(error))
        except Exception as error:
            log.exception("a question could not be answered")
            last = Refused(f"the server could not answer ({error}); its log says more")
        else:
            last = Done()
        await _write(writer, last)


async def _write(writer: asyncio.StreamWriter, said: Line) -> None:
    """Raises TimeoutError when nobody reads, ConnectionError."""
    writer.write(lines.telling(said))
    async with asyncio.timeout(READING):
        await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Let what was written be read."""
    with contextlib.suppress(ConnectionError):
        writer.close()
        async with asyncio.timeout(READING):
            await writer.wait_closed()
