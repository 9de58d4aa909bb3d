"""Pictures from the analyst: what one asks, and a client that outlives an analyst that dies.

The language, on <runtime>/analyst.sock: a JSON line {"id": 1, "type": "picture", "path": …,
"init_size": …, "offset": …, "size": …, "at": ticks or null, "width": 640} is answered, in any
order, by {"id": 1, "size": N} and N bytes of JPEG, or by {"id": 1, "error": sentence}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nvr_core.wire.errors import SentenceError, WireError
from nvr_core.wire.shapes import Shape

LINE_LIMIT = 64 * 1024
"""Bytes of a request or of an answer's line."""

JPEG_LIMIT = 16 << 20
"""Bytes of a picture."""

PART_LIMIT = 64 << 20
INIT_LIMIT = 1 << 20
LEAST_WIDTH, MOST_WIDTH = 16, 4096

AT_ONCE = 16
"""Requests of one client on their way; further ones wait here, not in the analyst."""

RETRY = 0.1
"""Seconds between tries to reach an analyst that its parent is just starting again."""


@dataclass(frozen=True, kw_only=True)
class PictureWanted:
    """One frame of a segment, named by the bytes that it takes to decode it."""

    path: str
    """The segment's file; it may still grow, or lie in a ring."""
    init_size: int
    """Bytes of ftyp and moov at its head."""
    offset: int
    """Where the part (a key-to-key group of whole fragments) begins."""
    size: int
    at: int | None = None
    """Media time in ticks on the run's line: the frame shown then. None: the part's newest."""
    width: int = 640
    """Pixels; a smaller picture is never enlarged."""


class NoPicture(SentenceError):
    """No picture came of a request; the text says why, and asking again may help."""


_SHAPE = Shape(PictureWanted)


def encode(number: int, wanted: PictureWanted) -> bytes:
    """The line that asks for a picture."""
    return json.dumps({"id": number, "type": "picture", **asdict(wanted)}).encode() + b"\n"


def decode(line: bytes) -> tuple[int, PictureWanted]:
    """(id, request) of a line; raises WireError, whose text names the field that is wrong."""
    said = _json(line)
    number = said.get("id")
    if type(number) is not int:
        raise WireError("a request needs an id, a whole number")
    if said.get("type") != "picture":
        raise WireError('the analyst knows one type of request: "picture"')
    wanted: PictureWanted = _SHAPE.read(said, "")
    for name, value, least, most in (
        ("init_size", wanted.init_size, 1, INIT_LIMIT),
        ("offset", wanted.offset, 0, 1 << 62),
        ("size", wanted.size, 1, PART_LIMIT),
        ("width", wanted.width, LEAST_WIDTH, MOST_WIDTH),
    ):
        if not least <= value <= most:
            raise WireError(f"field {name}: {value} is not within {least} to {most}")
    return number, wanted


def request_id(line: bytes) -> int:
    """The id of a request that is otherwise wrong, 0 when there is none to answer to."""
    try:
        number = _json(line).get("id")
    except WireError:
        return 0
    return number if type(number) is int else 0


def _json(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise WireError(f"a line of {len(line)} bytes is not JSON") from None
    if type(said) is not dict:
        raise WireError("a line is not a JSON object")
    return said


class Pictures:
    """Ask as often as needed, from one event loop. Connects when first asked, and again."""

    def __init__(self, socket: Path, *, patience: float = 15.0) -> None:
        """patience: seconds one request may take, waiting for its turn included."""
        self._socket = socket
        self._patience = patience
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._connecting = asyncio.Lock()
        self._connection: _Connection | None = None

    async def take(self, wanted: PictureWanted) -> bytes:
        """The JPEG. Raises NoPicture.

        A request that was under way when the analyst died is not repeated: it may have been the
        cause.
        """
        try:
            async with asyncio.timeout(self._patience), self._turn:
                connection = await self._connected()
                return await connection.ask(wanted)
        except TimeoutError:
            raise NoPicture(
                f"no picture came within {self._patience:g} s: the analyst does not answer; "
                "its log says more"
            ) from None

    async def close(self) -> None:
        """Hang up; requests under way end with NoPicture."""
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> _Connection:
        async with self._connecting:
            while self._connection is None or self._connection.lost:
                try:
                    reader, writer = await asyncio.open_unix_connection(
                        self._socket, limit=LINE_LIMIT
                    )
                except OSError:
                    await asyncio.sleep(RETRY)
                else:
                    self._connection = _Connection(reader, writer)
            return self._connection


class _Connection:
    """One life of the analyst, as seen from here."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self.lost = False
        self._reading = asyncio.create_task(self._read(), name="answers of the analyst")

    async def ask(self, wanted: PictureWanted) -> bytes:
        self._number += 1
        number = self._number
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._writer.write(encode(number, wanted))
            return await answer
        finally:
            del self._asked[number]

    async def close(self) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def _read(self) -> None:
        why = "the analyst ended while it was asked; it is started again, so ask again"
        try:
            while line := await self._reader.readline():
                await self._take(line)
        except (OSError, EOFError):
            pass
        except ValueError as error:
            why = f"the analyst could not be understood ({error}); ask again"
        finally:
            self.lost = True
            self._writer.close()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(NoPicture(why))

    async def _take(self, line: bytes) -> None:
        said = _json(line)
        number, size, error = said.get("id"), said.get("size"), said.get("error")
        jpeg = b""
        if type(size) is int and 0 < size <= JPEG_LIMIT:
            jpeg = await self._reader.readexactly(size)
        elif type(error) is not str:
            raise WireError("an answer has neither a size that is right nor an error")
        # Nobody may be left to hear it: its time had run out.
        answer = self._asked.get(number) if type(number) is int else None
        if answer is None or answer.done():
            return
        if jpeg:
            answer.set_result(jpeg)
        else:
            answer.set_exception(NoPicture(str(error)))
