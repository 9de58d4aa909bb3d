"""A recorder's journal reaches the catalogue, also through troubles, and is forgotten only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nvr_core.recording import storing
from nvr_core.recording.reads import Reads
from nvr_core.recording.storing import BATCH, Storing
from nvr_core.state import errors, ledger, spans
from nvr_core.state.catalogue import State
from nvr_core.testing.story import Story
from nvr_core.wire import codec
from nvr_core.wire.facts import Fact, GapOpened, News, Numbered, RecorderStarted
from nvr_core.wire.journal import Journal
from tests.core.recording.conftest import NOON


class Voice:
    """A recorder's journal, and what was said to be safe of it."""

    def __init__(self, folder: Path, state: State) -> None:
        self.journal = Journal(folder)
        self.state = state
        self.reads = Reads()
        self.safe: list[int] = []
        self.folder = folder

    def tell(self, *facts: Fact) -> int:
        number = self.journal.next_number
        for fact in facts:
            if not isinstance(fact, News):
                line = codec.encode(Numbered(number=number, at=NOON, fact=fact))
                self.journal.append(number, line)
                number += 1
        return number - 1

    @asynccontextmanager
    async def storing(self) -> AsyncIterator[Storing]:
        def stored(recorder: str, number: int) -> None:
            self.safe.append(number)

        one = Storing("rtsp", self.state, self.reads, journal=self.folder, stored=stored)
        await one.begin()
        task = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def until(self, number: int) -> None:
        async with asyncio.timeout(20):
            while not self.safe or self.safe[-1] < number:  # noqa: ASYNC110 -- told by a call
                await asyncio.sleep(0.01)

    async def read_to(self) -> int:
        return await self.state.read(partial(ledger.read_to, recorder="rtsp"))


@pytest.fixture
def voice(tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch) -> Voice:
    monkeypatch.setattr(storing, "ROUND", 0.02)
    monkeypatch.setattr(storing, "TROUBLED", 0.02)
    return Voice(tmp_path / "journal", state)


async def test_what_is_safe_is_said_after_it_is_stored(voice: Voice) -> None:
    story = Story("gang", wall=NOON)
    last = voice.tell(*story.whole(), *story.gap(5))
    async with voice.storing() as one:
        await voice.until(last)
        await one.level.wait()
        assert await voice.read_to() == last
        assert voice.safe == [0, last]
        again = voice.tell(*story.whole())
        await voice.until(again)
    async with voice.storing() as one:
        await one.level.wait()
        assert voice.safe[-1] == again, "nothing is stored twice"


async def test_a_long_journal_is_stored_in_batches(voice: Voice) -> None:
    story = Story("gang", wall=NOON)
    facts = [fact for _ in range(BATCH) for fact in story.gap(1)]
    last = voice.tell(*facts, *facts[-1:])
    async with voice.storing():
        await voice.until(last)
    assert voice.safe == [0, BATCH, 2 * BATCH, last]


async def test_a_catalogue_that_takes_nothing_is_tried_again_and_named_once(
    voice: Voice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write, refused = voice.state.write, 0

    async def writing(work: Any, *, now: bool = False) -> Any:
        nonlocal refused
        if refused < 5:
            refused += 1
            raise errors.Unwritten("The disk is full.")
        return await write(work, now=now)

    monkeypatch.setattr(voice.state, "write", writing)
    last = voice.tell(*Story("gang", wall=NOON).whole())
    async with voice.storing():
        await voice.until(last)
    assert caplog.text.count("The disk is full.") == 1
    assert await voice.read_to() == last


async def test_a_fact_that_cannot_be_stored_keeps_no_other_out(
    voice: Voice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    apply = ledger.apply

    def applying(connection: Any, *, recorder: str, facts: Sequence[Numbered]) -> None:
        if any(isinstance(one.fact, GapOpened) for one in facts):
            raise ZeroDivisionError("a fault of the test")
        apply(connection, recorder, facts)

    monkeypatch.setattr(ledger, "apply", applying)
    story = Story("gang", wall=NOON)
    last = voice.tell(*story.whole(), story.gap(5)[0], *story.whole())
    async with voice.storing():
        await voice.until(last)
    assert await voice.read_to() == last
    assert "fact 3 is left out (a fault of the test)" in caplog.text
    found = await voice.state.read(
        partial(spans.spans, camera="gang", stream="main", began=0, ended=1 << 62, nearer=0)
    )
    assert [ended - began for began, ended in found] == [2_000_000, 2_000_000]


def started(life: str) -> RecorderStarted:
    return RecorderStarted(
        recorder_start=life, boot="b", version="1", wall=NOON, monotonic=1, synchronised=True
    )


async def test_a_journal_that_was_lost_and_made_anew_is_read_from_its_beginning(
    voice: Voice, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    story = Story("gang", wall=NOON)
    last = voice.tell(started("first"), *story.whole(), *story.whole())
    async with voice.storing():
        await voice.until(last)
    another = Voice(tmp_path / "another", voice.state)
    end = another.tell(started("second"), *story.whole())
    assert end < last
    async with another.storing() as one:
        await one.level.wait()
    assert await voice.read_to() == end
    assert caplog.text.count("is another one than before") == 1
    streams = await voice.state.read(partial(spans.kept, camera="gang", stream="main"))
    assert streams.oldest == NOON
    found = await voice.state.read(
        partial(spans.spans, camera="gang", stream="main", began=0, ended=1 << 62, nearer=0)
    )
    assert sum(ended - began for began, ended in found) == 6_000_000


async def test_a_journal_whose_tail_the_power_took_is_the_same(
    voice: Voice, tmp_path: Path
) -> None:
    story = Story("gang", wall=NOON)
    facts = [started("first"), *story.whole(), *story.whole()]
    last = voice.tell(*facts)
    async with voice.storing():
        await voice.until(last)
    shorter = Voice(tmp_path / "shorter", voice.state)
    shorter.tell(*facts[:3])
    async with shorter.storing() as one:
        await one.level.wait()
    assert await voice.read_to() == last
