"""A line to a recorder: wants and acknowledgements go down it, facts and news come up.

    async with link.connected(path, role="controller") as line:
        await line.send(want)
        async for message in line:
            …

Kept facts come as Numbered; news, and the state that a recorder tells at first, come bare. The
iteration ends when the recorder hangs up or dies. Connecting again is the caller's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from nvr_core.wire import codec, peer
from nvr_core.wire.codec import Message
from nvr_core.wire.errors import SentenceError, UnknownMessage, WireError
from nvr_core.wire.wants import Ack, Hello, Want

log = logging.getLogger(__name__)

SEND_WAIT = 10.0
"""Seconds in which a recorder must read what it is sent."""


class NoRecorder(SentenceError):
    """Nobody listens there, or somebody who should not."""


class Link:
    """One connection, made by `connected`. Iterate it in one task; send from any."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Want | Ack) -> None:
        """Hand over a want or an acknowledgement.

        Raises ConnectionError, TimeoutError (it does not read), WireError (too long a line).
        """
        await self._send(message)

    async def _send(self, message: Want | Ack | Hello) -> None:
        self._writer.write(codec.encode(message))
        async with asyncio.timeout(SEND_WAIT):
            await self._writer.drain()

    async def greet(self, role: str) -> None:
        """Say who we are; the first thing on a new line."""
        await self._send(Hello(role=role))

    def __aiter__(self) -> AsyncIterator[Message]:
        return self._messages()

    async def _messages(self) -> AsyncIterator[Message]:
        """Raises WireError for what no recorder says."""
        while line := await self._line():
            try:
                yield codec.decode(line)
            except UnknownMessage as error:
                log.debug("ignored: %s", error)

    async def _line(self) -> bytes:
        """The next whole line; nothing at the end. A cut last line is no line."""
        try:
            return await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        except asyncio.LimitOverrunError:
            raise WireError(
                f"the recorder sent a line of more than {codec.LINE_LIMIT} bytes"
            ) from None


@contextlib.asynccontextmanager
async def connected(path: Path, *, role: str = "listener") -> AsyncIterator[Link]:
    """Connect to a recorder's socket and greet it as "listener" or "controller".

    Raises NoRecorder when nobody listens, or when another user does. A recorder that has a
    controller already hangs up on a second one: its iteration ends at once.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=codec.LINE_LIMIT)
    except OSError as error:
        reason = error.strerror or error
        raise NoRecorder(f"no recorder listens on {path} ({reason}); is it running?") from error
    try:
        if not peer.same_user(writer):
            uid = peer.peer_uid(writer)
            raise NoRecorder(f"{path} belongs to user {uid}, who is not ours; remove it")
        line = Link(reader, writer)
        await line.greet(role)
        yield line
    finally:
        writer.transport.abort()
