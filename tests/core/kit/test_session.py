"""One device is asked, and nobody else; its login is shown once when it is wrong."""

from __future__ import annotations

import asyncio
import itertools
import logging

import aiohttp
import pytest

from nvr_core.contract import (
    AuthFailed,
    ConfigInvalid,
    ContractError,
    Login,
    NotReady,
    Secret,
    Text,
    Unsupported,
)
from nvr_core.kit.answer import Answer
from nvr_core.kit.session import TEXT_BYTES, open_session
from tests.core.kit.device import PASSWORD, USER, Device, saying, serving

RIGHT = Login(user=USER, password=Secret(PASSWORD))
WRONG = Login(user=USER, password=Secret("not-the-password"))
MD5 = 'Digest qop="auth", realm="{realm}", nonce="{nonce}"'
SHA = 'Digest qop="auth", realm="{realm}", nonce="{nonce}", algorithm=SHA-256'
OLD = 'Digest realm="{realm}", nonce="{nonce}"'
BASIC = 'Basic realm="{realm}"'
WAYS = {
    "md5": (MD5,),
    "sha-256": (SHA,),
    "without qop": (OLD,),
    "basic": (BASIC,),
    "basic first": (BASIC, MD5),
    "several digests": (MD5, SHA, BASIC),
    "all in one line": (f"{BASIC}, {MD5}",),
}


@pytest.mark.parametrize("way", WAYS)
async def test_the_login_is_shown_as_the_device_asks(way: str) -> None:
    async with serving(Device(asks=WAYS[way])) as device:
        device.page("/a b", b"in")
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            assert await session.get("/a%20b?x=%2F&y=1") == b"in"
            assert await session.get("/a%20b") == b"in"
        assert device.logins == [True, True]
        assert device.seen[0] == ("GET", "/a%20b?x=%2F&y=1")


@pytest.mark.parametrize("way", WAYS)
async def test_a_wrong_login_is_shown_once(way: str) -> None:
    async with serving(Device(asks=WAYS[way])) as device:
        device.page("/a")
        async with open_session("127.0.0.1", device.port, login=WRONG) as session:
            with pytest.raises(AuthFailed, match="refuses the user name or the password"):
                await session.get("/a")
            for _ in range(3):
                with pytest.raises(AuthFailed):
                    await session.ask("PUT", "/b", body=b"<x/>")
        assert device.logins == [False]


async def test_a_wrong_login_is_shown_once_by_many_at_once() -> None:
    async with serving(Device()) as device:
        device.page("/a")
        async with open_session("127.0.0.1", device.port, login=WRONG) as session:
            found = await asyncio.gather(
                *(session.get("/a") for _ in range(8)), return_exceptions=True
            )
        assert all(isinstance(one, AuthFailed) for one in found)
        assert device.logins == [False]


async def test_an_independent_client_is_let_in_too() -> None:
    """What the tests' device takes for right is what aiohttp's own digest says."""
    async with serving(Device()) as device:
        device.page("/a b", b"in")
        middleware = aiohttp.DigestAuthMiddleware(USER, PASSWORD)
        async with aiohttp.ClientSession(middlewares=(middleware,)) as client:
            url = f"http://127.0.0.1:{device.port}/a%20b?x=1"
            async with client.put(url, data=b"x") as answer:
                assert await answer.read() == b"in"
        assert device.logins == [True]


async def test_a_nonce_that_ran_out_is_no_wrong_login() -> None:
    uses = itertools.chain([0], itertools.repeat(1))
    async with serving(Device(uses=uses, stale=", stale=true")) as device:
        device.page("/a", b"in")
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            assert await session.get("/a") == b"in"
        assert device.logins == [False, True]


async def test_a_device_whose_nonces_are_never_good_is_given_up() -> None:
    async with serving(Device(uses=itertools.repeat(0), stale=", stale=true")) as device:
        device.page("/a")
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            with pytest.raises(AuthFailed):
                await session.get("/a")
        assert 1 < len(device.logins) <= 3


async def test_without_a_login_a_refusal_says_that_one_is_wanted() -> None:
    async with serving(Device()) as device:
        async with open_session("127.0.0.1", device.port) as session:
            with pytest.raises(AuthFailed, match="wants a user name"):
                await session.get("/a")
            answer = await session.ask("GET", "/a", shows_login=False)
            assert (answer.status, answer.body) == (401, b"who are you?")
        assert device.logins == []


async def test_a_device_that_is_full_is_no_wrong_login() -> None:
    def explain(answer: Answer) -> ContractError | None:
        return NotReady(Text("It is full.")) if b"too many" in answer.body else None

    async with serving(Device(full=True)) as device:
        device.page("/a", b"in")
        async with open_session("127.0.0.1", device.port, login=RIGHT, explain=explain) as session:
            with pytest.raises(NotReady, match="full"):
                await session.get("/a")
            device.full = False
            assert await session.get("/a") == b"in"


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Unsupported), (405, Unsupported), (501, Unsupported), (500, NotReady), (403, NotReady)],
)
async def test_statuses_steer(status: int, error: type[ContractError]) -> None:
    async with serving(Device(asks=())) as device:
        device.page("/a", b"why", status)
        async with open_session("127.0.0.1", device.port) as session:
            with pytest.raises(error):
                await session.get("/a")
            answer = await session.ask("GET", "/a")
            assert (answer.status, answer.body, answer.good) == (status, b"why", False)


async def test_a_busy_device_says_how_long_to_wait() -> None:
    async with serving(Device(asks=())) as device:
        device.page("/a", status=503, headers={"Retry-After": "7"})
        async with open_session("127.0.0.1", device.port) as session:
            with pytest.raises(NotReady) as told:
                await session.get("/a")
        assert told.value.retry_after == 7


async def test_a_redirect_leads_nowhere() -> None:
    async with serving(Device(asks=())) as other, serving(Device()) as device:
        other.page("/trap")
        trap = f"http://127.0.0.1:{other.port}/trap"
        device.page("/a", status=302, headers={"Location": trap})
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            answer = await session.ask("GET", "/a")
            assert answer.status == 302
            with pytest.raises(NotReady):
                await session.get("/a")
        assert other.seen == []


@pytest.mark.parametrize(
    "address",
    ["", "10.0.0.7:80", "http://10.0.0.7", "10.0.0.7/x", "a b", "user@10.0.0.7", "[::1]", "a\r\nb"],
)
async def test_an_address_stands_alone(address: str) -> None:
    with pytest.raises(ConfigInvalid, match="is no address") as told:
        async with open_session(address, 80):
            pass
    assert told.value.option == "address"


@pytest.mark.parametrize("address", ["10.0.0.7", "kamera-3.lan", "kamera_3", "::1", "fe80::1%eth0"])
async def test_names_and_addresses_are_taken(address: str) -> None:
    async with open_session(address, 80) as session:
        assert session.host


async def test_a_user_name_breaks_no_header() -> None:
    login = Login(user="admin\r\nX-Y: 1", password=Secret("x"))
    with pytest.raises(ConfigInvalid, match="control character"):
        async with open_session("127.0.0.1", 80, login=login):
            pass


@pytest.mark.parametrize("path", ["", "a", "http://127.0.0.1/a", "@127.0.0.1/"])
async def test_a_path_begins_at_the_device(path: str) -> None:
    async with open_session("127.0.0.1", 9) as session:
        with pytest.raises(ValueError, match="does not begin with /"):
            await session.get(path)


@pytest.mark.parametrize("path", ["//other/a", "/@other/a", "/\\other", "/a#b"])
async def test_whatever_the_path_is_the_host_is_the_device(path: str) -> None:
    async with serving(Device(asks=())) as device:
        async with open_session("127.0.0.1", device.port) as session:
            assert (await session.ask("GET", path)).status == 404
        assert len(device.seen) == 1


async def test_an_answer_is_bounded() -> None:
    async with serving(Device(asks=())) as device:
        device.page("/a", b"x" * (TEXT_BYTES + 1))
        async with open_session("127.0.0.1", device.port) as session:
            with pytest.raises(NotReady, match="more than"):
                await session.get("/a")
            assert len(await session.get("/a", most=TEXT_BYTES + 1)) == TEXT_BYTES + 1


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ((b"",), "broke"),
        ((b"SSH-2.0-dropbear\r\n",), "broke"),
        ((OK + b"Content-Length: 9\r\n\r\nhalf",), "broke"),
        ((OK + b"A: " + b"x" * 100_000,), "broke"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",), "broke"),
    ],
    ids=["nothing", "another protocol", "half", "an endless header", "no chunk"],
)
async def test_a_broken_answer_is_not_ready(said: tuple[bytes, ...], why: str) -> None:
    async with saying(*said) as (port, _), open_session("127.0.0.1", port) as session:
        with pytest.raises(NotReady, match=why):
            await session.get("/a")


async def test_a_silent_device_is_given_up() -> None:
    async with saying(hold=True) as (port, _), open_session("127.0.0.1", port) as session:
        with pytest.raises(NotReady, match="does not answer"):
            await session.ask("GET", "/a", patience=0.2)


async def test_where_nobody_is_it_cannot_be_reached(unused_tcp_port: int) -> None:
    async with open_session("127.0.0.1", unused_tcp_port) as session:
        with pytest.raises(NotReady, match="cannot be reached"):
            await session.get("/a")


async def test_no_secret_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        serving(Device()) as device,
        open_session("127.0.0.1", device.port, login=WRONG) as session,
    ):
        with pytest.raises(AuthFailed) as told:
            await session.get("/a?password=not-the-password")
        said = f"{told.value} {told.value!r} {session!r} {caplog.text}"
    assert "not-the-password" not in said
