"""Nobody who asks, or does not, keeps the server from its work or from ending."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nvr_core.admin import asking, questions, register
from nvr_core.admin import serving as module
from nvr_core.admin.answers import Head, Progress, Said
from nvr_core.admin.asking import NoServer, NotAnswered
from nvr_core.admin.lines import QUESTION_BYTES
from nvr_core.admin.office import Office
from nvr_core.admin.questions import Question
from nvr_core.admin.serving import CONNECTIONS, serving
from nvr_core.state.catalogue import State
from nvr_core.wire import peer
from tests.core.admin import filled
from tests.core.admin.filled import GATE, Still

USER = os.getuid()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "admin.sock"


@pytest.fixture
async def served(path: Path, office: Office) -> AsyncIterator[Path]:
    async with serving(path, office):
        yield path


async def whole(path: Path, question: Question) -> list[Said]:
    async with asyncio.timeout(20):
        return [said async for said in asking.answers(path, question, user=USER)]


@asynccontextmanager
async def raw(path: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.close()


async def said_to(path: Path, line: bytes) -> list[dict[str, Any]]:
    async with raw(path) as (reader, writer):
        writer.write(line)
        try:
            said = await reader.read()
        except ConnectionResetError:
            return []  # hung up on with a question that nobody had read
        return [json.loads(one) for one in said.splitlines()]


async def test_a_question_is_answered_and_only_its_user_may_open_the_socket(served: Path) -> None:
    assert stat.S_IMODE(served.stat().st_mode) == 0o600
    head, *found = await whole(served, questions.Gaps(camera=GATE))
    assert isinstance(head, Head)
    assert head.zone == "Asia/Jakarta"
    assert len(found) == 3


async def test_what_is_refused_is_a_sentence(served: Path) -> None:
    with pytest.raises(NotAnswered, match="there is no camera 'x'"):
        await whole(served, questions.Gaps(camera="x"))
    (said,) = await said_to(served, b'{"ask": "weather"}\n')
    assert said["refused"].startswith("the server (version 0.1.0) does not know the question")
    (said,) = await said_to(served, b"x" * (QUESTION_BYTES + 1000))
    assert said == {"refused": f"a question has at most {QUESTION_BYTES} bytes"}
    assert await said_to(served, b"\n") == [{"refused": "the line of 1 bytes is not JSON"}]


async def test_a_command_asks_for_the_server_that_is_not_there(path: Path) -> None:
    with pytest.raises(NoServer, match="no server listens"):
        await whole(path, questions.Volumes())
    path.write_text("")
    with pytest.raises(NoServer):
        await whole(path / "below", questions.Volumes())


async def test_an_old_socket_is_replaced_and_gone_at_the_end(path: Path, office: Office) -> None:
    path.touch()
    async with serving(path, office):
        assert await whole(path, questions.Volumes())
    assert not path.exists()


async def test_another_user_hears_nothing(
    served: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(peer, "peer_uid", lambda _: 65_534)
    assert await said_to(served, b'{"ask": "volumes"}\n') == []
    assert "user 65534 asked at the admin socket" in caplog.text
    with pytest.raises(NotAnswered, match="is user 65534's"):
        await whole(served, questions.Volumes())


async def test_a_command_more_than_there_is_room_for_is_told_so(served: Path) -> None:
    silent = [await asyncio.open_unix_connection(served) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.05)
    with pytest.raises(NotAnswered, match="16 commands ask already"):
        await whole(served, questions.Volumes())
    for _, writer in silent:
        writer.close()
    await until_answered(served)


async def until_answered(path: Path) -> None:
    """As soon as the server has noticed who went."""
    async with asyncio.timeout(20):
        while True:
            try:
                await whole(path, questions.Volumes())
            except NotAnswered:
                await asyncio.sleep(0.01)
            else:
                return


async def test_who_asks_nothing_is_hung_up_on(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKING", 0.05)
    assert await said_to(served, b'{"ask": ') == []


async def test_who_hangs_up_ends_the_work_on_the_answer(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def long(office: Office, asked: Question) -> AsyncIterator[Said]:
        try:
            yield Progress(sentence="looking", done=1, of=2)
            began.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    answer_with(monkeypatch, long)
    async with aclosing(asking.answers(served, questions.Volumes(), user=USER)) as found:
        assert isinstance(await anext(found), Head)
        assert await anext(found) == Progress(sentence="looking", done=1, of=2)
        await began.wait()
    async with asyncio.timeout(10):
        await ended.wait()


def answer_with(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setattr(
        register, "ANSWERS", {**register.ANSWERS, "volumes": (questions.Volumes, answer)}
    )


async def test_a_server_that_ends_while_it_answers(path: Path, office: Office) -> None:
    async with serving(path, office):
        following = asking.answers(path, questions.Events(follow=True), user=USER)
        assert isinstance(await anext(following), Head)
    with pytest.raises(NotAnswered, match="the server ended while it answered; ask again"):
        await anext(following)


async def test_who_reads_nothing_does_not_delay_the_end(
    path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = asyncio.Event()

    async def endless(office: Office, asked: Question) -> AsyncIterator[Said]:
        for number in range(1000):
            if number == 100:
                full.set()
            yield Progress(sentence="x" * 50_000)

    answer_with(monkeypatch, endless)
    async with serving(path, office), raw(path) as (_, writer):
        writer.write(b'{"ask": "volumes"}\n')
        await asyncio.sleep(0.2)
        assert not full.is_set()
    assert not path.exists()


async def test_who_does_not_read_in_time_is_hung_up_on(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def endless(office: Office, asked: Question) -> AsyncIterator[Said]:
        try:
            while True:
                yield Progress(sentence="x" * 50_000)
        finally:
            ended.set()

    answer_with(monkeypatch, endless)
    monkeypatch.setattr(module, "READING", 0.05)
    async with raw(served) as (_, writer):
        writer.write(b'{"ask": "volumes"}\n')
        await ended.wait()


async def test_a_mistake_of_ours_is_logged_and_told(
    served: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(office: Office, asked: Question) -> AsyncIterator[Said]:
        yield Progress(sentence="so far")
        raise KeyError("volume")

    answer_with(monkeypatch, broken)
    with pytest.raises(NotAnswered, match="the server could not answer"):
        await whole(served, questions.Volumes())
    assert [one.levelno for one in caplog.records] == [logging.ERROR]


async def test_events_are_followed_over_the_socket(
    served: Path, state: State, clock: Still
) -> None:
    async with aclosing(asking.answers(served, questions.Events(follow=True), user=USER)) as found:
        async with asyncio.timeout(20):
            assert isinstance(await anext(found), Head)
            await filled.add(state, filled.seen(1, clock.now))
            said = await anext(found)
    assert said.model_dump()["detail"] == {"place": 1}
