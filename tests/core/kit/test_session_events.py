"""Events of a device come one by one, and nothing of a listener is left behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from aiohttp import web

from nvr_core.contract import AuthFailed, Login, NotReady, Secret
from nvr_core.kit.session import DeviceSession, open_session
from tests.core.kit.device import PASSWORD, USER, Device, saying, serving

RIGHT = Login(user=USER, password=Secret(PASSWORD))
WRONG = Login(user=USER, password=Secret("not-the-password"))
OK = b"HTTP/1.1 200 OK\r\n"


def event(number: int) -> bytes:
    body = f"<e><n>{number}</n></e>".encode()
    return b"--b\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(body), body)


async def streaming(device: Device, *, count: int, hold: bool) -> None:
    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(count):
            await response.write(event(number))
        if hold:
            await asyncio.Event().wait()
        return response

    device.pages["/events"] = events


async def listened(session: DeviceSession, idle: float, most: int) -> list[bytes]:
    found: list[bytes] = []
    async with aclosing(session.events("/events", idle=idle)) as events:
        async for part in events:
            found.append(part.body)
            if len(found) == most:
                break
    return found


async def test_events_come_one_by_one_and_the_last_without_waiting_for_the_next() -> None:
    async with serving(Device()) as device:
        await streaming(device, count=3, hold=True)
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            async with asyncio.timeout(5):
                found = await listened(session, idle=30, most=3)
        assert found == [b"<e><n>0</n></e>", b"<e><n>1</n></e>", b"<e><n>2</n></e>"]
        assert device.logins == [True]


async def test_a_device_that_falls_silent_is_gone() -> None:
    async with serving(Device()) as device:
        await streaming(device, count=1, hold=True)
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            with pytest.raises(NotReady, match="does not answer"):
                await listened(session, idle=0.6, most=9)


async def test_an_event_stream_that_ends_ends() -> None:
    async with serving(Device()) as device:
        await streaming(device, count=2, hold=False)
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            found = await listened(session, idle=30, most=9)
    assert len(found) == 2


async def test_events_that_cannot_be_read_say_why() -> None:
    async with (
        saying(OK + b"\r\n", *[b"x" * 9000] * 3, hold=True) as (port, _),
        open_session("127.0.0.1", port) as session,
    ):
        with pytest.raises(NotReady, match="events that cannot be read: no boundary"):
            await listened(session, idle=30, most=9)


async def test_other_requests_go_on_while_events_are_awaited() -> None:
    async with serving(Device()) as device:
        await streaming(device, count=0, hold=True)
        device.page("/a", b"in")
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            listening = asyncio.create_task(listened(session, idle=30, most=9))
            async with asyncio.timeout(5):
                for _ in range(3):
                    assert await session.get("/a") == b"in"
            listening.cancel()
            await asyncio.wait({listening})


async def test_a_device_that_never_begins_to_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nvr_core.kit.session.PATIENCE", 0.3)
    async with saying(hold=True) as (port, _), open_session("127.0.0.1", port) as session:
        with pytest.raises(NotReady, match="does not answer"):
            await listened(session, idle=30, most=1)


async def test_a_wrong_login_is_shown_once_here_too() -> None:
    async with serving(Device()) as device:
        await streaming(device, count=1, hold=True)
        async with open_session("127.0.0.1", device.port, login=WRONG) as session:
            for _ in range(2):
                with pytest.raises(AuthFailed):
                    await listened(session, idle=30, most=1)
        assert device.logins == [False]
