"""The analyst's Unix socket: requests in, pictures out, in whatever order they are done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from nvr_core.analyst.work import Work
from nvr_core.wire import pictures
from nvr_core.wire.errors import WireError
from nvr_core.wire.peer import same_user
from nvr_core.wire.pictures import NoPicture, PictureWanted

log = logging.getLogger(__name__)

CONNECTIONS = 16
"""At a time; one more is hung up on."""

REQUESTS = 64
"""Of one connection on their way; whoever sends more waits."""


@contextlib.asynccontextmanager
async def serving(path: Path, work: Work) -> AsyncIterator[None]:
    """Answer requests while the block runs; only our own user may connect.

    The caller holds the lock: a socket file that lies there is a dead analyst's.
    """
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(connections) >= CONNECTIONS or not same_user(writer):
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await _Conversation(reader, writer, work).run()
        except asyncio.CancelledError:
            # The analyst stops. A server's task that ends as cancelled would be reported.
            pass
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(accept, sock=_listen(path), limit=pictures.LINE_LIMIT)
    try:
        yield
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await server.wait_closed()


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening


class _Conversation:
    """One client. When it hangs up, what it asked for is not drawn."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, work: Work
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._work = work
        self._room = asyncio.Semaphore(REQUESTS)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            drawing: set[asyncio.Task[None]] = set()
            try:
                while line := await self._reader.readline():
                    number, wanted = self._read(line)
                    if wanted is not None:
                        await self._room.acquire()
                        task = group.create_task(self._answer(number, wanted))
                        drawing.add(task)
                        task.add_done_callback(drawing.discard)
            except (OSError, ValueError) as error:
                log.info("a client is hung up on: %s", error)
            finally:
                for task in tuple(drawing):
                    task.cancel()

    def _read(self, line: bytes) -> tuple[int, PictureWanted | None]:
        try:
            return pictures.decode(line)
        except WireError as error:
            number = pictures.request_id(line)
            self._refuse(number, str(error))
            return number, None

    async def _answer(self, number: int, wanted: PictureWanted) -> None:
        try:
            jpeg = await self._work.do(wanted)
        except NoPicture as error:
            self._refuse(number, str(error))
        except Exception:
            log.exception("a picture of %s failed", wanted.path)
            self._refuse(number, "the analyst met a fault of its own; its log says more")
        else:
            self._writer.write(_line({"id": number, "size": len(jpeg)}) + jpeg)
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()
        finally:
            self._room.release()

    def _refuse(self, number: int, sentence: str) -> None:
        self._writer.write(_line({"id": number, "error": sentence}))


def _line(said: dict[str, object]) -> bytes:
    return json.dumps(said).encode() + b"\n"
