"""A recorder's voice without a recorder: its socket and its journal, told line by line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from nvr_core.wire import codec
from nvr_core.wire.errors import WireError
from nvr_core.wire.facts import (
    Durable,
    Fact,
    FragmentWritten,
    Numbered,
    SegmentClosed,
    SegmentOpened,
    StreamStatistics,
)
from nvr_core.wire.journal import Journal
from nvr_core.wire.wants import Ack, Hello, Want


class StandIn:
    """Speaks as a recorder does (nvr_core/recorder/serving.py); remembers what it was told."""

    def __init__(self, data: Path, runtime: Path, name: str = "rtsp") -> None:
        folder = data / "journal" / name
        folder.mkdir(parents=True, exist_ok=True)
        self.journal = Journal(folder)
        self.number = self.journal.next_number
        self.present: list[Fact] = []
        """What a new listener is told first."""
        self.wants: asyncio.Queue[Want] = asyncio.Queue()
        self.acks: asyncio.Queue[int] = asyncio.Queue()
        self.hellos: list[Hello] = []
        self.lines: set[asyncio.StreamWriter] = set()
        """Those who have said hello."""
        self._over = False
        self._serving: set[asyncio.Task[None]] = set()
        self._socket = runtime / f"{name}.sock"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen on the socket; hang up on everybody at the end."""
        server = await asyncio.start_unix_server(self._serve, self._socket)
        self._over = False
        try:
            yield
        finally:
            server.close()
            self._over = True
            self.hang_up()
            await server.wait_closed()
            await asyncio.gather(*self._serving)

    def hang_up(self) -> None:
        """Break all lines, as a killed recorder does."""
        for writer in tuple(self.lines):
            writer.transport.abort()

    def tell(self, *facts: Fact, at: int = 0, aloud: bool = True) -> None:
        """Say facts: kept ones into the journal first. aloud: on the socket too."""
        for fact in facts:
            if isinstance(fact, FragmentWritten | Durable | StreamStatistics) or (
                isinstance(fact, SegmentOpened | SegmentClosed) and fact.ring
            ):
                line = codec.encode(fact)
            else:
                line = codec.encode(Numbered(number=self.number, at=at, fact=fact))
                self.journal.append(self.number, line)
                self.number += 1
            for writer in self.lines if aloud else ():
                writer.write(line)

    def tell_all(self, facts: Iterable[Fact], at: int = 0) -> None:
        self.tell(*facts, at=at)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            hello = codec.decode(await reader.readline())
            assert isinstance(hello, Hello)
            self.hellos.append(hello)
            for fact in self.present:
                writer.write(codec.encode(fact))
            self.lines.add(writer)
            while not self._over and (line := await reader.readline()):
                said = codec.decode(line)
                if isinstance(said, Want):
                    self.wants.put_nowait(said)
                elif isinstance(said, Ack):
                    self.acks.put_nowait(said.number)
        except (ConnectionError, WireError):
            pass
        finally:
            self.lines.discard(writer)
            self._serving.discard(task)
            writer.close()
