"""One line to each recorder: the desired set goes down, facts come up, and none is lost.

The journal is read first, from where reading stopped; the socket is its tail. A number that does
not follow the last one means that lines were left out, or that the recorder began anew: then the
journal says what stands between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Protocol

from nvr_core.clock import Clock
from nvr_core.recording.footage import Origin
from nvr_core.recording.reads import Busy, Reads
from nvr_core.wire import link
from nvr_core.wire.codec import Message
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import Fact, Numbered
from nvr_core.wire.journal_reader import JournalReader
from nvr_core.wire.wants import Ack, Hello, Want

log = logging.getLogger(__name__)

AGAIN = 1.0
"""Seconds between tries to reach a recorder."""
SETTLED = 0.5
"""A line that stands for this long was accepted; a second controller is hung up on at once."""
MISSED = 3.0
"""Seconds without a line until a recorder is said to be silent; a restart takes less."""
BATCH = 500
"""Facts read from the journal at a time."""
PATIENCE = 5.0
"""Seconds in which the journal must show a number that was already told."""
NEWEST = 0.05


class Hearer(Protocol):
    """What a link needs of whoever keeps the index."""

    def connected(self, recorder: str) -> None:
        """A line stands anew: what the recorder holds in memory is told next."""

    def hear(self, fact: Fact, origin: Origin) -> None:
        """One fact: kept ones in order and once, news as it comes."""

    def changed(self) -> None:
        """The line came or went."""


class RecorderLink:
    """Keeps one recorder told what is wanted, and one reader told what it says."""

    def __init__(
        self,
        name: str,
        *,
        data: Path,
        runtime: Path,
        clock: Clock,
        reads: Reads,
        hearer: Hearer,
    ) -> None:
        self.name = name
        self.lost: int | None = clock.wall()
        """Wall time since which there is no line, µs; None while there is one."""
        self.silent = False
        """There has been no line for MISSED seconds."""
        self.read = asyncio.Event()
        """Set when the journal has been read to its end for the first time."""
        self._socket = runtime / f"{name}.sock"
        self._journal = JournalReader(data / "journal" / name)
        self._clock = clock
        self._reads = reads
        self._hearer = hearer
        self._last = 0
        """Number of the last fact that was heard."""
        self._wanted: Want | None = None
        self._news = asyncio.Event()
        self._acked = 0
        self._ack = 0

    def want(self, want: Want) -> None:
        """Say what is wanted from now on: at once, and again after every reconnect."""
        self._wanted = want
        self._news.set()

    def begin_after(self, number: int) -> None:
        """Facts up to this number need not be heard. Before `run`."""
        self._last = number

    def acknowledge(self, number: int) -> None:
        """The journal may forget facts up to this number."""
        self._ack = max(self._ack, number)
        self._news.set()

    async def run(self) -> None:
        """Read and talk until cancelled."""
        while True:
            with contextlib.suppress(OSError, Busy):
                await self._catch_up()
            if not self.read.is_set():
                self.read.set()
                self._missing()
            try:
                await self._talk()
            except* (SentenceError, OSError, Busy) as errors:
                log.debug("%s: %s", self.name, errors.exceptions)
            if self.lost is None:
                log.warning("the recorder %s does not answer; trying again", self.name)
                self._missing()
            await asyncio.sleep(AGAIN)

    def _missing(self) -> None:
        """There is no line from now on; whether that is news shows in a moment."""
        self.lost = self._clock.wall()
        self._hearer.changed()
        asyncio.get_running_loop().call_later(MISSED, self._missed, self.lost)

    def _missed(self, since: int) -> None:
        if self.lost == since:
            self.silent = True
            self._hearer.changed()

    async def _talk(self) -> None:
        async with (
            link.connected(self._socket, role="controller") as line,
            asyncio.TaskGroup() as both,
        ):
            self._hearer.connected(self.name)
            telling = both.create_task(self._tell(line))
            settled = asyncio.get_running_loop().call_later(SETTLED, self._settled)
            try:
                async for message in line:
                    await self._hear(message)
            finally:
                settled.cancel()
                telling.cancel()

    def _settled(self) -> None:
        self.lost, self.silent = None, False
        log.info("the recorder %s answers", self.name)
        self._hearer.changed()

    async def _tell(self, line: link.Link) -> None:
        """Send what is wanted and what may be forgotten, whenever either has changed."""
        sent: Want | None = None
        while True:
            self._news.clear()
            if self._wanted is not None and self._wanted is not sent:
                sent = self._wanted
                await line.send(sent)
            ack = min(self._ack, self._last)  # what was not heard yet must stay to be read
            if ack > self._acked:
                await line.send(Ack(number=ack))
                self._acked = ack
            await self._news.wait()

    async def _hear(self, message: Message) -> None:
        if isinstance(message, Numbered):
            if message.number > self._last + 1:
                await self._catch_up(message.number)
            if message.number > self._last:
                self._take_numbered(message)
        elif not isinstance(message, Want | Hello | Ack):
            self._hearer.hear(message, Origin(self.name, 0, self._clock.wall()))

    async def _catch_up(self, number: int = 0) -> None:
        """Take what the journal holds; wait for this number, which its writer may still hold."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            batch = await self._reads.run(lambda: self._journal.read(self._last, BATCH))
            for numbered in batch:
                self._take_numbered(numbered)
            if batch:
                await asyncio.sleep(0)
            elif self._last >= number:
                return
            elif loop.time() > until:
                log.warning("the journal of %s does not show fact %d", self.name, number)
                return
            else:
                await asyncio.sleep(NEWEST)

    def _take_numbered(self, numbered: Numbered) -> None:
        self._last = numbered.number
        self._hearer.hear(numbered.fact, Origin(self.name, numbered.number, numbered.at))
