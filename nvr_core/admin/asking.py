"""Asks a running server, and gives its answer line by line as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from nvr_core.admin import lines
from nvr_core.admin.answers import Said
from nvr_core.admin.lines import Done, Refused
from nvr_core.admin.questions import Question
from nvr_core.wire import peer
from nvr_core.wire.errors import SentenceError


class NoServer(SentenceError):
    """Nobody listens there."""


class NotAnswered(SentenceError):
    """The server refused, or did not answer to the end; the text is for whoever asked."""


async def answers(path: Path, question: Question, *, user: int) -> AsyncGenerator[Said, None]:
    """The Head, and then each line of the answer; between them Progress.

    path: of the socket. user: uid of whom the server must be, unless it is root's.
    Raises NoServer, NotAnswered.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=lines.ANSWER_BYTES)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
        raise NoServer(f"no server listens on {path} ({error.strerror})") from error
    try:
        uid = peer.peer_uid(writer)
        if uid not in (0, user):
            raise NotAnswered(f"{path} is user {uid}'s, who is not ours; remove it")
        writer.write(lines.asking(question))
        async for said in _answer(reader, question):
            yield said
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader, question: Question) -> AsyncGenerator[Said, None]:
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            raise NotAnswered("the server ended while it answered; ask again") from None
        except asyncio.LimitOverrunError:
            raise NotAnswered(
                f"the server sent a line of more than {lines.ANSWER_BYTES} bytes"
            ) from None
        match lines.told(line, question.answer):
            case Done():
                return
            case Refused(sentence):
                raise NotAnswered(sentence)
            case None:
                pass  # of a newer server
            case said:
                yield said
