from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recording import links
from nvr_core.recording.footage import Origin
from nvr_core.recording.links import RecorderLink
from nvr_core.recording.reads import Reads
from nvr_core.testing.stand_in import StandIn
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Fact, FragmentWritten, StreamState
from nvr_core.wire.wants import Want


class Ear:
    """Remembers what it hears, and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, Fact]] = []
        self.connects = 0
        self._more = asyncio.Event()

    def connected(self, recorder: str) -> None:
        self.connects += 1
        self._more.set()

    def hear(self, fact: Fact, origin: Origin) -> None:
        assert origin.recorder == "rtsp"
        self.heard.append((origin.number, fact))
        self._more.set()

    def changed(self) -> None:
        self._more.set()

    @property
    def kept(self) -> list[tuple[int, Fact]]:
        return [(number, fact) for number, fact in self.heard if number]

    async def until(self, right: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not right():
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ronda-") as folder:
        yield Path(folder)


@pytest.fixture
def recorder(tmp_path: Path, runtime: Path) -> StandIn:
    return StandIn(tmp_path, runtime)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product waits a second between tries; a test need not."""
    monkeypatch.setattr(links, "AGAIN", 0.02)
    monkeypatch.setattr(links, "SETTLED", 0.02)
    monkeypatch.setattr(links, "PATIENCE", 0.3)
    monkeypatch.setattr(links, "MISSED", 0.1)


@asynccontextmanager
async def linked(data: Path, runtime: Path, ear: Ear) -> AsyncIterator[RecorderLink]:
    reads = Reads()
    link = RecorderLink(
        "rtsp", data=data, runtime=runtime, clock=SystemClock(), reads=reads, hearer=ear
    )
    running = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        assert not running.done(), running.exception()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        reads.close()


async def test_the_journal_is_read_before_any_recorder_answers(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    recorder.tell_all(Story("gang").whole())
    ear = Ear()
    async with linked(tmp_path, runtime, ear) as link:
        await link.read.wait()
        assert [number for number, _ in ear.kept] == [1, 2]
        assert link.lost is not None


async def test_every_kept_fact_comes_once_and_in_order_whatever_breaks(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    story, ear = Story("gang"), Ear()
    async with linked(tmp_path, runtime, ear):
        recorder.tell_all(story.whole())
        async with recorder.serving():
            await ear.until(lambda: recorder.lines)
            recorder.tell_all(story.whole())
            recorder.tell(story.state("waiting"), aloud=False)
            recorder.tell(story.state("recording"))
            await ear.until(lambda: len(ear.kept) == 6)
            recorder.hang_up()
            recorder.tell_all(story.whole())
            await ear.until(lambda: len(ear.kept) == 8 and ear.connects == 2)
        recorder.tell_all(story.whole())
        await ear.until(lambda: len(ear.kept) == 10)
    assert [number for number, _ in ear.kept] == list(range(1, 11))


async def test_a_line_in_the_socket_waits_for_what_the_journal_knows(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    """Lines that the recorder left out for a slow listener are read from the journal."""
    story, ear = Story("gang"), Ear()
    async with recorder.serving(), linked(tmp_path, runtime, ear):
        await ear.until(lambda: recorder.lines)
        for state in ("connecting", "waiting", "connecting"):
            recorder.tell(story.state(state), aloud=False)
        recorder.tell(story.state("recording"))
        await ear.until(lambda: len(ear.kept) == 4)
    states = [fact.state for _, fact in ear.kept if isinstance(fact, StreamState)]
    assert states == ["connecting", "waiting", "connecting", "recording"]


async def test_a_number_that_the_journal_never_shows_is_taken_all_the_same(
    tmp_path: Path, runtime: Path, recorder: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recorder whose disk is full still says on the socket what it sees."""
    ear = Ear()
    async with recorder.serving(), linked(tmp_path, runtime, ear):
        await ear.until(lambda: recorder.lines)
        recorder.number += 5
        monkeypatch.setattr(recorder.journal, "append", lambda number, line: False)
        recorder.tell(Story("gang").state("recording"))
        await ear.until(lambda: ear.kept)
    assert [number for number, _ in ear.kept] == [6]


async def test_what_a_recorder_says_at_first_and_its_news_come_without_a_number(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    story, ear = Story("gang"), Ear()
    recorder.present = [story.state("recording"), story.begin()]
    async with recorder.serving(), linked(tmp_path, runtime, ear):
        await ear.until(lambda: len(ear.heard) == 2)
        recorder.tell(story.fragment())
        await ear.until(lambda: isinstance(ear.heard[-1][1], FragmentWritten))
    assert [number for number, _ in ear.heard] == [0, 0, 0]
    assert [hello.role for hello in recorder.hellos] == ["controller"]


async def test_wants_and_acknowledgements_go_down_again_after_a_reconnect(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    ear = Ear()
    recorder.tell_all(Story("gang").whole())
    async with recorder.serving(), linked(tmp_path, runtime, ear) as link:
        link.want(Want(serial=1, streams=()))
        assert (await recorder.wants.get()).serial == 1
        link.want(Want(serial=2, streams=()))
        assert (await recorder.wants.get()).serial == 2
        link.acknowledge(99)
        assert await recorder.acks.get() == 2, "what was not read is not acknowledged"
        recorder.hang_up()
        assert (await recorder.wants.get()).serial == 2


async def test_a_recorder_is_silent_only_after_a_while(
    tmp_path: Path, runtime: Path, recorder: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart of either program is no alarm."""
    ear = Ear()
    async with linked(tmp_path, runtime, ear) as link:
        await link.read.wait()
        assert not link.silent
        await ear.until(lambda: link.silent)
        async with recorder.serving():
            await ear.until(lambda: link.lost is None)
            assert not link.silent
            monkeypatch.setattr(links, "MISSED", 5.0)
            recorder.hang_up()
            await ear.until(lambda: link.lost is not None)
            await ear.until(lambda: link.lost is None)
            assert not link.silent


async def test_a_recorder_that_hangs_up_at_once_is_not_taken_for_one_that_answers(
    tmp_path: Path, runtime: Path
) -> None:
    ear, tries = Ear(), asyncio.Semaphore(0)

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.release()
        writer.transport.abort()

    server = await asyncio.start_unix_server(refuse, runtime / "rtsp.sock")
    async with server, linked(tmp_path, runtime, ear) as link:
        for _ in range(3):
            async with asyncio.timeout(10):
                await tries.acquire()
            assert link.lost is not None


async def test_nonsense_ends_the_line_and_not_the_server(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    ear = Ear()
    async with recorder.serving(), linked(tmp_path, runtime, ear) as link:
        await ear.until(lambda: link.lost is None)
        for writer in recorder.lines:
            writer.write(b"\xff\xfe\n")
        await ear.until(lambda: ear.connects == 2)
