"""A login that worked before is doubted before it is taken for wrong."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from nvr_core.contract import Login, NotReady, Secret
from nvr_core.kit.session import open_session
from tests.core.kit.device import PASSWORD, USER, Device, serving

RIGHT = Login(user=USER, password=Secret(PASSWORD))


async def test_a_page_that_is_not_this_users_does_not_close_the_others() -> None:
    async with serving(Device()) as device:
        device.page("/a", b"in")

        async def administrators(_: web.Request) -> web.Response:
            value = 'Digest qop="auth", realm="x", nonce="y"'
            return web.Response(status=401, headers={"WWW-Authenticate": value})

        device.pages["/admin"] = administrators
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            for _ in range(2):
                assert await session.get("/a") == b"in"
                with pytest.raises(NotReady) as told:
                    await session.get("/admin")
                assert told.value.code == "not-allowed"
            assert await session.get("/a") == b"in"


async def test_a_password_that_is_changed_meanwhile_is_doubted_and_then_left_alone() -> None:
    async with serving(Device()) as device:
        device.page("/a", b"in")
        async with open_session("127.0.0.1", device.port, login=RIGHT) as session:
            assert await session.get("/a") == b"in"
            device.full = True
            codes = []
            for _ in range(4):
                with pytest.raises(NotReady) as told:
                    await session.get("/a")
                codes.append(told.value.code)
            assert codes == ["not-allowed", "login-doubted", "login-doubted", "login-doubted"]
            assert told.value.retry_after == 90
        assert device.logins == [True, False, False]


@pytest.mark.parametrize("hangs_up", [True, False])
async def test_a_login_that_nobody_answers_is_shown_once(hangs_up: bool) -> None:
    """Whoever hangs up on a wrong password has counted it."""
    device = Device()

    async def answer(request: web.Request) -> web.StreamResponse:
        if "Authorization" not in request.headers:
            value = 'Digest qop="auth", realm="x", nonce="y"'
            return web.Response(status=401, headers={"WWW-Authenticate": value})
        device.logins.append(False)
        if hangs_up:
            assert request.transport is not None
            request.transport.abort()
        await asyncio.sleep(5)
        return web.Response()

    device.asks = ()
    device.pages["/a"] = answer
    async with (
        serving(device),
        open_session("127.0.0.1", device.port, login=RIGHT) as session,
    ):
        for _ in range(3):
            with pytest.raises(NotReady) as told:
                await session.ask("GET", "/a", patience=0.5)
        assert told.value.code == "login-unheard"
    assert device.logins == [False]
