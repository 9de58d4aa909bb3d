from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from nvr_core.testing.story import Story
from nvr_core.wire.facts import FragmentWritten
from nvr_web import live_socket
from nvr_web.live_socket import FRAGMENT, HEAD, INIT
from tests.web.conftest import NOON, Office, eventually

Socket = aiohttp.ClientWebSocketResponse


@dataclass(frozen=True)
class Came:
    """A binary message."""

    kind: int
    key: int
    channel: int
    duration: int
    start: int
    wall: int
    content: bytes

    @staticmethod
    def of(data: bytes) -> Came:
        kind, key, channel, duration, start, wall = HEAD.unpack(data[: HEAD.size])
        return Came(kind, key, channel, duration, start, wall, data[HEAD.size :])


async def opened(office: Office) -> Socket:
    socket = await office.client.ws_connect("/api/v1/live", headers=office.origin)
    first = await told(socket)
    assert first["type"] == "states"
    return socket


async def told(socket: Socket) -> Any:
    return await socket.receive_json(timeout=10)


async def about(socket: Socket, kind: str) -> Any:
    """The next JSON message of this type; states may come in between."""
    while True:
        message = await told(socket)
        if message["type"] == kind:
            return message
        assert message["type"] == "states"


async def came(socket: Socket) -> Came:
    while True:
        message = await socket.receive(timeout=10)
        if message.type is aiohttp.WSMsgType.BINARY:
            return Came.of(message.data)
        assert message.type is aiohttp.WSMsgType.TEXT, message


async def subscribe(socket: Socket, office: Office, channel: int = 1, stream: str = "main") -> None:
    await socket.send_json(
        {"type": "subscribe", "channel": channel, "camera": office.camera, "stream": stream}
    )


async def grows(office: Office, *keys: bool) -> list[FragmentWritten]:
    office.recorder.tell(office.story.begin())
    await office.heard()
    fragments = [office.story.fragment(key=key) for key in keys]
    office.recorder.tell(*fragments)
    growing = office.recording.footage.stream(office.camera, "main").growing
    assert growing is not None
    size = sum(one.size for one in fragments)
    if fragments:
        await eventually(lambda: growing.segment.size == fragments[0].offset + size)
    return fragments


async def test_a_viewer_gets_the_newest_key_frame_and_all_that_follows(office: Office) -> None:
    fragments = await grows(office, True, False, True, False)
    socket = await opened(office)
    await subscribe(socket, office, channel=7)
    segment = await about(socket, "segment")
    assert (segment["channel"], segment["codec"], segment["timescale"]) == (
        7, "avc1.42c01e", 90_000,
    )  # fmt: skip
    assert office.story.opened is not None
    path = Path(office.story.opened.path)
    content = path.read_bytes()
    head = await came(socket)
    assert (head.kind, head.channel) == (INIT, 7)
    assert head.content == content[: office.story.opened.init_size]
    office.recorder.tell(new := office.story.fragment(key=False))
    content = path.read_bytes()
    for fragment in (*fragments[2:], new):
        one = await came(socket)
        assert (one.kind, bool(one.key), one.start, one.duration, one.wall) == (
            FRAGMENT, fragment.key, fragment.start, fragment.duration, fragment.wall,
        )  # fmt: skip
        assert one.content == content[fragment.offset : fragment.offset + fragment.size]


async def test_the_next_segment_begins_with_its_own_head(office: Office) -> None:
    await grows(office, True)
    socket = await opened(office)
    await subscribe(socket, office)
    first = await about(socket, "segment")
    assert [(await came(socket)).kind for _ in range(2)] == [INIT, FRAGMENT]
    office.recorder.tell(office.story.close(), office.story.begin(), office.story.fragment())
    second = await about(socket, "segment")
    assert (second["run"], second["channel"]) == (first["run"], 1)
    assert [(await came(socket)).kind for _ in range(2)] == [INIT, FRAGMENT]


async def test_several_streams_share_one_socket(office: Office) -> None:
    await grows(office, True)
    sub = Story(office.camera, "sub", folder=office.folder, wall=NOON, ring=True)
    office.recorder.tell(sub.begin(), sub.fragment())
    socket = await opened(office)
    await subscribe(socket, office, channel=1)
    await subscribe(socket, office, channel=2, stream="sub")
    seen = [(one.channel, one.kind) for one in [await came(socket) for _ in range(4)]]
    assert sorted(seen) == [(1, INIT), (1, FRAGMENT), (2, INIT), (2, FRAGMENT)]
    await socket.send_json({"type": "unsubscribe", "channel": 1})
    live = office.recording.live
    await eventually(lambda: live.watched == {(office.camera, "sub")})
    office.recorder.tell(office.story.fragment(), sub.fragment())
    assert (await came(socket)).channel == 2
    await socket.close()
    await eventually(lambda: not live.watched)


async def test_watching_shortens_the_fragments_that_are_wanted(office: Office) -> None:
    socket = await opened(office)
    await subscribe(socket, office)
    async with asyncio.timeout(5):
        before = await office.recorder.wants.get()
        want = await office.recorder.wants.get()
    assert {one.fragment_ms for one in before.streams} == {500}
    assert want.serial > before.serial
    short = [one for one in want.streams if one.fragment_ms == 250]
    assert [(one.camera, one.stream) for one in short] == [(office.camera, "main")]


async def test_changes_of_state_are_told(office: Office) -> None:
    socket = await opened(office)
    office.recorder.tell(office.story.state("recording"), at=NOON)
    async with asyncio.timeout(10):
        while (found := await about(socket, "states"))["cameras"][0]["word"] != "Merekam":
            pass
    assert found["headline"] == "1 dari 2 kamera merekam"
    assert found["now"] == office.clock.wall()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"camera": "nobody"}, "tidak lagi dipantau"),
        ({"stream": "main-audio"}, "tidak lagi dipantau"),
        ({"channel": 0}, "1 to 65535"),
        ({"channel": 65536}, "1 to 65535"),
    ],
)
async def test_what_cannot_be_watched_is_refused_in_words(
    office: Office, change: dict[str, object], why: str
) -> None:
    socket = await opened(office)
    asked = {"type": "subscribe", "channel": 1, "camera": office.camera, "stream": "main"}
    await socket.send_json(asked | change)
    refused = await about(socket, "refused")
    assert why in refused["why"]
    assert "most" not in refused
    await subscribe(socket, office)
    await grows(office, True)
    assert (await came(socket)).kind == INIT


async def test_one_page_watches_a_bounded_number_of_streams(office: Office) -> None:
    socket = await opened(office)
    for channel in range(1, live_socket.CHANNELS + 2):
        await subscribe(socket, office, channel=channel)
    refused = await about(socket, "refused")
    assert refused["channel"] == live_socket.CHANNELS + 1
    assert refused["most"] == live_socket.CHANNELS, "so that the page waits for one that is free"
    await grows(office, True)
    await socket.send_json({"type": "unsubscribe", "channel": 1})
    await subscribe(socket, office, channel=live_socket.CHANNELS + 1)
    while (await came(socket)).channel != live_socket.CHANNELS + 1:
        pass


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", "null", '{"type":"subscribe"}', '{"type":1,"channel":[]}', "[" * 4000],
)
async def test_nonsense_ends_the_socket_and_nothing_else(office: Office, text: str) -> None:
    socket = await opened(office)
    await socket.send_str(text)
    while (message := await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert (await office.client.get("/healthz")).status == 200
    assert office.recording.live.watched == frozenset()


async def test_too_long_a_message_ends_the_socket(office: Office) -> None:
    socket = await opened(office)
    await socket.send_str("x" * (live_socket.LONGEST_REQUEST + 1))
    while (message := await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_only_pages_open_a_socket_and_only_so_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await office.client.ws_connect("/api/v1/live")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await office.client.ws_connect("/api/v1/live", headers={"Origin": "http://evil.example"})
    monkeypatch.setattr(live_socket, "PAGES", 1)
    await opened(office)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        await office.client.ws_connect("/api/v1/live", headers=office.origin)


async def test_a_server_that_stops_says_goodbye(office: Office) -> None:
    socket = await opened(office)
    closing = asyncio.create_task(office.client.server.close())
    while (message := await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.data == aiohttp.WSCloseCode.GOING_AWAY
    await socket.close()
    await closing
