"""The line to a recorder: what goes down, what comes up, and every way in which it can end."""

from __future__ import annotations

import asyncio
import os
import socket
import typing
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from nvr_core.wire import codec, link, peer
from nvr_core.wire.codec import Message
from nvr_core.wire.errors import WireError
from nvr_core.wire.facts import Durable, Numbered, SegmentGone
from nvr_core.wire.wants import Ack, Hello, Want

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Recorder = Callable[[Speak], Awaitable[None]]

NEWS = Durable(volume="/v", through=1, sync_us=2)
KEPT = Numbered(number=1, at=2, fact=SegmentGone(segment="s", path="p", why="empty"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rtsp.sock"


@pytest.fixture
async def recorder(path: Path) -> AsyncIterator[Recorder]:
    """Starts the other end, speaking as the test says, and hanging up afterwards."""
    servers: list[asyncio.Server] = []

    async def start(speak: Speak) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await speak(reader, writer)
                await writer.drain()
            except ConnectionError:
                pass
            finally:
                writer.close()

        servers.append(await asyncio.start_unix_server(serve, path, limit=codec.LINE_LIMIT))

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


async def everything(path: Path, role: str = "listener") -> list[Message]:
    async with link.connected(path, role=role) as line:
        return [message async for message in line]


async def test_the_greeting_comes_first_then_wants_and_acknowledgements(
    path: Path, recorder: Recorder
) -> None:
    heard: asyncio.Queue[Message] = asyncio.Queue()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while got := await reader.readline():
            heard.put_nowait(codec.decode(got))

    await recorder(speak)
    want = Want(serial=3, streams=())
    async with link.connected(path, role="controller") as line:
        await line.send(want)
        await line.send(Ack(number=9))
        assert [await heard.get() for _ in range(3)] == [
            Hello(role="controller"),
            want,
            Ack(number=9),
        ]


async def test_kept_facts_come_numbered_and_news_bare(path: Path, recorder: Recorder) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(codec.encode(KEPT) + codec.encode(KEPT.fact) + codec.encode(NEWS))

    await recorder(speak)
    assert await everything(path) == [KEPT, KEPT.fact, NEWS]


async def test_what_a_newer_recorder_says_is_skipped(path: Path, recorder: Recorder) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"type":"camera-painted"}\n' + codec.encode(NEWS))

    await recorder(speak)
    assert await everything(path) == [NEWS]


async def test_a_line_cut_by_the_end_is_no_message(path: Path, recorder: Recorder) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(codec.encode(NEWS) + codec.encode(KEPT)[:-1])

    await recorder(speak)
    assert await everything(path) == [NEWS]


async def test_nonsense_is_an_error_with_a_sentence(path: Path, recorder: Recorder) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n")
        await reader.readline()

    await recorder(speak)
    with pytest.raises(WireError, match="is not JSON"):
        await everything(path)


async def test_a_line_without_end_is_bounded(
    path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "LINE_LIMIT", 4096)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"x" * 10_000)
        await writer.drain()
        await reader.read()

    await recorder(speak)
    with pytest.raises(WireError, match="more than 4096 bytes"):
        await everything(path)


async def test_a_recorder_that_does_not_read_keeps_nobody_waiting(
    path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "SEND_WAIT", 0.05)
    done = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        typing.cast(asyncio.ReadTransport, writer.transport).pause_reading()
        await done.wait()

    await recorder(speak)
    large = Want(serial=1, streams=(), reclaim=("x" * 8_000_000,))
    async with link.connected(path) as line:
        with pytest.raises(TimeoutError):
            await line.send(large)
    done.set()


async def test_without_a_recorder_it_says_so(path: Path) -> None:
    with pytest.raises(link.NoRecorder, match="is it running"):
        await everything(path)
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with pytest.raises(link.NoRecorder, match="Connection refused"):
        await everything(path)


async def test_another_users_socket_is_refused(
    path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    greeted: asyncio.Queue[bytes] = asyncio.Queue()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted.put_nowait(await reader.read())

    await recorder(speak)
    monkeypatch.setattr(peer, "peer_uid", lambda _connection: os.getuid() + 7)
    with pytest.raises(link.NoRecorder, match="who is not ours"):
        await everything(path)
    assert await greeted.get() == b""


async def test_the_kernel_names_the_user_at_the_other_end(path: Path, recorder: Recorder) -> None:
    seen: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.put_nowait((peer.peer_uid(writer), peer.same_user(writer)))

    await recorder(speak)
    assert await everything(path) == []
    assert await seen.get() == (os.getuid(), True)
