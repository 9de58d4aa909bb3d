"""The recorder's Unix socket: wants and acknowledgements in, facts and news out."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from nvr_core.recorder.telling import Telling
from nvr_core.wire import codec, peer
from nvr_core.wire.errors import UnknownMessage, WireError
from nvr_core.wire.facts import Fact
from nvr_core.wire.wants import PROTOCOL, Ack, Hello, Want

log = logging.getLogger(__name__)

LISTENERS = 16
"""Connections at a time; one more is hung up on."""

NEWS_LIMIT = 1 << 20
KEPT_LIMIT = 8 << 20
"""Bytes that may wait for a slow listener before news, and before everything, is left out.
Left out facts stand in the journal, and their missing numbers say so."""

LINE_LIMIT = 16 << 20


class Listener:
    """One connection. Nothing that it does or leaves undone can make the recorder wait."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def tell(self, line: bytes, kept: bool) -> None:
        waiting = self._writer.transport.get_write_buffer_size()
        if waiting < (KEPT_LIMIT if kept else NEWS_LIMIT):
            self._writer.write(line)


class Serving:
    """Accepts listeners and the one controlling server on a socket that only its user may open."""

    def __init__(
        self,
        path: Path,
        telling: Telling,
        *,
        present: Callable[[], Iterable[Fact]],
        wanted: Callable[[Want], None],
        acknowledged: Callable[[int], None],
    ) -> None:
        self._path = path
        self._telling = telling
        self._present = present
        self._wanted = wanted
        self._acknowledged = acknowledged
        self._server: asyncio.AbstractServer | None = None
        self._controller: asyncio.StreamWriter | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen; an old socket file of a dead recorder is replaced (the caller holds the lock)."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        listening.bind(str(self._path))
        self._path.chmod(0o600)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listening, limit=LINE_LIMIT
        )

    async def stop(self) -> None:
        """Hang up on everybody and stop listening."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for writer in tuple(self._connections):
            writer.transport.abort()  # what waits for somebody who reads nothing waits forever
        await server.wait_closed()
        self._path.unlink(missing_ok=True)  # once: another recorder may listen there next

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= LISTENERS or not peer.same_user(writer):
            writer.close()
            return
        self._connections.add(writer)
        listener = Listener(writer)
        undo: Callable[[], None] | None = None
        try:
            hello = await self._read(reader)
            if not isinstance(hello, Hello) or not self._admit(hello, writer):
                return
            for fact in self._present():
                writer.write(codec.encode(fact))
            undo = self._telling.subscribe(listener.tell)
            while (message := await self._read(reader)) is not None:
                self._take(message, writer)
        except (WireError, ConnectionError, ValueError) as error:
            log.warning("a listener was hung up on: %s", error)
        finally:
            if undo is not None:
                undo()
            if self._controller is writer:
                self._controller = None
            self._connections.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> object | None:
        """The next message that this version knows; None at the end."""
        while line := await reader.readline():
            try:
                return codec.decode(line)
            except UnknownMessage as error:
                log.info("ignored: %s", error)
        return None

    def _admit(self, hello: Hello, writer: asyncio.StreamWriter) -> bool:
        if hello.role == "controller":
            if self._controller is not None:
                log.warning("a second controlling server was refused; end the first one")
                return False
            self._controller = writer
        if hello.version > PROTOCOL:
            log.info("the server speaks wire version %d, newer than %d", hello.version, PROTOCOL)
        return True

    def _take(self, message: object, writer: asyncio.StreamWriter) -> None:
        if writer is not self._controller:
            log.warning("a listener sent %s; only the server may", type(message).__name__)
        elif isinstance(message, Want):
            self._wanted(message)
        elif isinstance(message, Ack):
            self._acknowledged(message.number)
