"""The side of a renewal that goes on: it takes over stream by stream, then the journal.

What it sees is numbered at once, and waits in memory until the journal is its own. If it dies
before that, its files are found by their markers, as after any crash.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from nvr_core.recorder.bequest import Bequest
from nvr_core.wire import codec, succession
from nvr_core.wire.errors import WireError
from nvr_core.wire.facts import Numbered
from nvr_core.wire.succession import Alive, Done, Have, Signed, Stop, Whole, Yours
from nvr_core.wire.wants import StreamWant, Want

if TYPE_CHECKING:
    from nvr_core.recorder.running import Running

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Sources that are open twice at a time: the network carries them twice."""

BEAT = 2.0
"""Seconds between signs of life."""

NEWS_LIMIT = 1 << 20
"""Bytes that may wait for the predecessor before news is left out."""

TURN = "the recorder was renewed, and the camera did not serve both at once"


class End(Enum):
    """How it ended."""

    DONE = "done"
    """The predecessor handed everything over."""
    DIED = "died"
    """It is gone before that."""
    STOPPED = "stopped"
    """We are to end."""


class Successor:
    """Talks to the predecessor until one of the two is gone."""

    def __init__(self, bequest: Bequest, running: Running) -> None:
        self._bequest = bequest
        self._running = running
        self._end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._writer: asyncio.StreamWriter | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._delivered: dict[str, asyncio.Event] = {}
        self._released: dict[str, asyncio.Event] = {}
        self._wants: dict[str, StreamWant] = {}
        self.want: Want | None = None
        """What is wanted since the predecessor said so first; None: still the same."""

    async def run(self, ended: asyncio.Event) -> End:
        """Until the journal and every stream are ours, or we are to end: `ended` says so too."""
        reader, writer = await asyncio.open_unix_connection(
            sock=self._bequest.line, limit=codec.LINE_LIMIT
        )
        self._writer = writer
        undo = self._running.telling.subscribe(self._relay)
        taking = asyncio.create_task(self._take_all(), name="succession")
        told = asyncio.create_task(ended.wait(), name="end")
        tasks = [
            taking,
            told,
            asyncio.create_task(self._listen(reader), name="predecessor"),
            asyncio.create_task(self._show_life(), name="signs of life"),
        ]
        try:
            await asyncio.wait((self._end, told, taking), return_when=asyncio.FIRST_COMPLETED)
            if taking.done():
                taking.result()  # a fault of ours: we end, and the predecessor goes on
                await asyncio.wait((self._end, told), return_when=asyncio.FIRST_COMPLETED)
            if not self._end.done():
                return End.STOPPED
        finally:
            undo()
            for task in tasks:
                task.cancel()
        end = self._end.result()
        if end is End.DIED:
            self._bequest.sign()  # at once: whoever keeps recorders running must not start a third
        log.info("the recorder before us: %s", end.value)
        if end is not End.STOPPED:
            await self._inherit(died=end is End.DIED)
        return end

    def signed(self) -> None:
        """Sign the locks, and let the predecessor go."""
        self._bequest.sign()
        self._send(Signed())
        if self._writer is not None:
            self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        end = End.DIED
        try:
            while line := await reader.readline():
                match succession.decode(line):
                    case Yours(streams=streams):
                        for left in streams:
                            self._running.recorder.take_over(left, TURN)
                            if left.stream in self._released:
                                self._released[left.stream].set()
                    case Done(want=want):
                        self.want = want
                        end = End.DONE
                        break
                    case Stop():
                        end = End.STOPPED
                        break
                    case _:
                        pass
        except (WireError, OSError) as error:
            log.error("what the recorder before us says cannot be read (%s)", error)
        if not self._end.done():
            self._end.set_result(end)

    async def _take_all(self) -> None:
        want = self._bequest.estate.want
        if want is not None:
            groups = self._running.recorder.expect(want)
            self._running.logins.predecessor_inside(self._bequest.estate.inside)
            for stream in want.streams:
                self._wants[stream.key] = stream
                self._delivered[stream.key] = asyncio.Event()
                self._released[stream.key] = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                for key, streams in groups.items():
                    tasks.create_task(self._take(key, streams), name=f"take {streams[0].key}")
        self._send(Whole())

    async def _take(self, key: str, streams: Sequence[StreamWant]) -> None:
        """One source: open it beside the predecessor's, and then have that closed."""
        running = self._running
        recorder = running.recorder
        names = tuple(stream.key for stream in streams)
        async with self._slots:
            recorder.sources.begin(key, streams, self._delivers)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(running.setting.options.hand_over):
                    for name in names:
                        await self._delivered[name].wait()
            self._send(Have(streams=names))
            for name in names:
                await self._released[name].wait()
            groups = {
                want.login_group
                for want in self._wants.values()
                if not self._released[want.key].is_set()
            }
            for stream in streams:
                last = stream.login_group not in groups
                running.logins.predecessor_left(stream, last=last)
            if not all(self._delivered[name].is_set() for name in names):
                log.info("%s is not here yet; the recorder before us has let go of it", names[0])
                recorder.sources.retry_now(key)

    def _delivers(self, stream: str) -> None:
        self._delivered[stream].set()

    async def _inherit(self, *, died: bool) -> None:
        """The journal is ours."""
        running = self._running
        past = await running.paper.call(running.replay)
        journal = await running.paper.call(running.open_journal)
        if journal.next_number > self._bequest.estate.first:
            raise WireError(
                f"the recorder before us has told fact {journal.next_number - 1}, and we began "
                f"with {self._bequest.estate.first}; we end, and are started anew"
            )
        recorder = running.recorder
        recorder.succeed(past, died=died)
        running.telling.write_in(journal)
        running.logins.predecessor_inside(())
        running.ghosts.rewrite()
        if died and (want := self.want or self._bequest.estate.want) is not None:
            recorder.want(want)  # begins the sources that were not begun yet

    async def _show_life(self) -> None:
        while True:
            self._send(Alive())
            await asyncio.sleep(BEAT)

    def _send(self, message: succession.Message) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(succession.encode(message))

    def _relay(self, line: bytes, kept: bool) -> None:
        """Viewers see what is recorded here already: the predecessor's listeners hear of it."""
        writer = self._writer
        head = line[:96]
        if writer is None or writer.is_closing():
            return
        if writer.transport.get_write_buffer_size() > NEWS_LIMIT:
            return
        if b'"type":"fragment-written"' in head:
            writer.write(line)
        elif b'"type":"segment-opened"' in head:
            message = codec.decode(line)
            # Without its number: that is told when it stands in the journal.
            writer.write(codec.encode(message.fact) if isinstance(message, Numbered) else line)
