"""Logins, locks, silence and death of a simulated camera."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from nvr_core.clock import SECOND
from nvr_core.simulators import Faults, Site
from nvr_core.testing.raw_rtsp import Answer, RawClient, digest

Serve = Callable[..., Awaitable[Site]]
Wrong = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]
LOGIN = {"user": "admin", "password": "rahasia"}


async def log_in(site: Site, client: RawClient, password: str = "rahasia") -> Answer:
    """DESCRIBE, and again with the answer to the challenge."""
    url = site.url("cam")
    challenge = (await client.ask("DESCRIBE", url)).get("WWW-Authenticate")
    value = digest(challenge, "admin", password, "DESCRIBE", url)
    return await client.ask("DESCRIBE", url, Authorization=value)


async def test_every_login_is_counted_with_its_outcome(serve: Serve, dial: Dial) -> None:
    site = await serve(**LOGIN)
    client = await dial(site)
    assert (await log_in(site, client)).status == 200
    assert (await log_in(site, client, "salah")).status == 401
    attempts = [(one.user, one.accepted, one.why, one.method) for one in site.logins]
    assert attempts == [
        ("admin", True, "right", "DESCRIBE"),
        ("admin", False, "wrong", "DESCRIBE"),
    ]
    assert "rahasia" not in repr(site.camera("cam").spec)


async def test_basic_is_not_accepted_where_digest_is_asked_for(serve: Serve, dial: Dial) -> None:
    site = await serve(**LOGIN)
    basic = "Basic YWRtaW46cmFoYXNpYQ=="
    answer = await (await dial(site)).ask("DESCRIBE", site.url("cam"), Authorization=basic)
    assert answer.status == 401


@pytest.mark.parametrize(
    ("auth", "offered"),
    [
        ("digest", ["Digest"]),
        ("digest-sha256", ["SHA-256"]),
        ("digest-both", ["SHA-256", "MD5"]),
        ("basic", ["Basic"]),
    ],
)
async def test_challenges_are_those_of_the_spec(
    serve: Serve, dial: Dial, auth: str, offered: list[str]
) -> None:
    site = await serve(**LOGIN, auth=auth)
    answer = await (await dial(site)).ask("DESCRIBE", site.url("cam"))
    lines = [line for line in answer.head.split("\r\n") if line.startswith("WWW-Authenticate")]
    assert len(lines) == len(offered)
    assert all(word in line for word, line in zip(offered, lines, strict=True))


async def test_a_refused_login_is_refused_whatever_it_is(serve: Serve, dial: Dial) -> None:
    site = await serve(**LOGIN, faults=Faults(refuse_login=True))
    assert (await log_in(site, await dial(site))).status == 401
    assert [one.why for one in site.logins] == ["wrong"]


async def test_after_too_many_wrong_logins_the_right_one_is_locked_out(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(**LOGIN, faults=Faults(lock_after=2))
    client = await dial(site)
    for _ in range(2):
        await log_in(site, client, "salah")
    assert (await log_in(site, client)).status == 401
    assert [one.why for one in site.logins] == ["wrong", "wrong", "locked"]


async def test_a_nonce_becomes_stale(serve: Serve, dial: Dial) -> None:
    site = await serve(**LOGIN, faults=Faults(stale_after=1))
    client = await dial(site)
    url = site.url("cam")
    challenge = (await client.ask("DESCRIBE", url)).get("WWW-Authenticate")
    value = digest(challenge, "admin", "rahasia", "DESCRIBE", url)
    assert (await client.ask("DESCRIBE", url, Authorization=value)).status == 200
    again = await client.ask("DESCRIBE", url, Authorization=value)
    assert (again.status, 'stale="true"' in again.get("WWW-Authenticate")) == (401, True)
    fresh = digest(again.get("WWW-Authenticate"), "admin", "rahasia", "DESCRIBE", url)
    assert (await client.ask("DESCRIBE", url, Authorization=fresh)).status == 200


async def test_a_dead_camera_resets_every_connection(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(dead="reset")
    client = await dial(site)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await client.ask("OPTIONS", site.url("cam"))


async def test_a_mute_camera_takes_requests_and_says_nothing(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(dead="mute")
    client = await dial(site)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.ask("OPTIONS", site.url("cam"))
    assert [asked.method for asked in site.camera("cam").requests] == ["OPTIONS"]
    site.camera("cam").faults = Faults()
    assert (await client.ask("OPTIONS", site.url("cam"))).status == 200


async def test_a_frozen_camera_keeps_the_connection_and_sends_nothing(
    wrong: Wrong, dial: Dial
) -> None:
    site = await wrong(freeze_after_s=0.5)
    client = await dial(site)
    url = site.url("cam")
    session = (await client.play(url)).session
    await client.frames(6)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await client.next()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.ask("GET_PARAMETER", url, Session=session)
    assert len(site.camera("cam").frames_sent) == 6
    site.camera("cam").faults = Faults()
    assert await client.next()


@pytest.mark.parametrize("reset", [False, True])
async def test_the_camera_hangs_up(wrong: Wrong, dial: Dial, reset: bool) -> None:
    site = await wrong(close_after_s=0.5, reset=reset)
    client = await dial(site)
    await client.play(site.url("cam"))
    assert await client.closed() is reset
    assert len(site.camera("cam").frames_sent) == 6
    assert site.camera("cam").sessions == ()


async def test_drop_ends_the_connections_of_one_camera(serve: Serve, dial: Dial) -> None:
    site = await serve()
    client = await dial(site)
    await client.play(site.url("cam"))
    site.camera("cam").drop(reset=True)
    assert await client.closed() is True


async def test_a_slow_camera_sends_its_first_frame_late(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(slow_start_s=1.2)
    client = await dial(site)
    await client.play(site.url("cam"))
    begun = site.clock.now()
    await client.frames(1)
    assert 1.15 * SECOND < site.clock.now() - begun < 3 * SECOND


async def test_sending_begins_with_a_key_frame_unless_the_fault_says_otherwise(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(gop_s=10)
    camera = site.camera("cam")
    place = site.clock.now() % (10 * SECOND)
    if place > 9 * SECOND:  # too near to the key frame to tell the two apart
        await asyncio.sleep(1.2)
    camera.faults = Faults(mid_gop=True)
    client = await dial(site)
    await client.play(site.url("cam"))
    await client.frames(1)
    first = camera.frames_sent[0].number
    assert not next(unit for unit in camera.loop().units if unit.number == first).key
