"""A simulated Acme device: a real HTTP server, and real RTSP streams behind one-time addresses.

Acme's dialect is made up, and has what brands have: a login, a token that a restart forgets, and
addresses of streams that expire. `python acme_device.py --cache FOLDER` serves one until Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from nvr_core.simulators import CameraSpec, Site, simulate

Trouble = Literal["", "mute", "broken", "other", "huge", "busy"]
"""How every answer is wrong: it never comes, is cut-off JSON, is JSON of another kind, is larger
than anybody should read, or says that the device is busy."""
LENSES = ("gang", "pos")
SERIAL = "ACME-0001"
MAC = "00-11-22-3A-4B-5C"
BUSY_S = 7
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////"
    "////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
"""One grey point."""


@dataclass(eq=False)
class AcmeDevice:
    """What a test may set and ask. `logins` counts, `trouble` is how it misbehaves from now on."""

    site: Site
    user: str
    password: str = field(repr=False)
    lifetime_s: float
    """Within which an address must be used."""
    port: int = 0
    trouble: Trouble = ""
    names: str = ""
    """The address that it gives instead of the true one."""
    brand: Literal["acme", "other"] = "acme"
    """An `other` one answers, and knows nothing of what an Acme device is asked."""
    delay_s: float = 0.0
    """By which each answer is late."""
    logins: list[bool] = field(default_factory=list)
    """Every try to log in: whether it was right. A ticket is no login."""
    channels: tuple[str, ...] = LENSES
    """Names of what is plugged in at present; a recorder's cameras come and go."""
    tokens: set[str] = field(default_factory=set, repr=False)
    tickets: dict[str, tuple[str, float | None]] = field(default_factory=dict, repr=False)
    """Ticket → path at the site, and the loop's time when it expires; None: it was used."""

    def restart(self) -> None:
        """Forget who is logged in, as a device does whose power failed."""
        self.tokens.clear()
        self.tickets.clear()

    def drop(self) -> None:
        """End every connection that a stream runs on, as a bad cable does."""
        for camera in self.site.cameras.values():
            camera.drop()

    def route(self, path: str, method: str) -> str | None:
        """Where an RTSP request leads: a ticket begins one connection, before it expires."""
        lead, _, ticket = path.partition("/")
        known = self.tickets.get(ticket) if lead == "acme" else None
        if known is None:
            return None
        target, expires = known
        if method == "DESCRIBE":
            if expires is None or expires < asyncio.get_running_loop().time():
                return None
            self.tickets[ticket] = (target, None)
        return target

    async def login(self, request: web.Request) -> web.Response:
        said = await request.json()
        right = (said.get("user"), said.get("password")) == (self.user, self.password)
        self.logins.append(right)
        if not right:
            raise web.HTTPUnauthorized
        token = secrets.token_urlsafe(18)
        self.tokens.add(token)
        return web.json_response({"token": token})

    async def about(self, request: web.Request) -> web.Response:
        every = [
            {"number": number, "name": name, "qualities": ["high", "low"], "microphone": False}
            for number, name in enumerate(LENSES, 1)
            if name in self.channels
        ]
        told: dict[str, Any] = {"serial": SERIAL, "mac": MAC, "model": "AC-2", "firmware": "1.4"}
        return web.json_response({**told, "channels": every})

    async def stream(self, request: web.Request) -> web.Response:
        target = self._lens(request)
        if request.query.get("quality") == "low":
            target += "/sub"
        ticket = secrets.token_urlsafe(18)
        self.tickets[ticket] = (target, asyncio.get_running_loop().time() + self.lifetime_s)
        url = self.names or f"rtsp://{self.site.host}:{self.site.port}/acme/{ticket}"
        left = max(1, int(self.lifetime_s))
        return web.json_response({"url": url, "ticket": ticket, "expires_in": left})

    async def snapshot(self, request: web.Request) -> web.Response:
        self._lens(request)
        return web.Response(body=JPEG, content_type="image/jpeg")

    def _lens(self, request: web.Request) -> str:
        number = request.query.get("channel", "")
        name = LENSES[int(number) - 1] if number in ("1", "2") else ""
        if name not in self.channels:
            raise web.HTTPNotFound
        return name

    @web.middleware
    async def door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """In front of everything: the device's trouble, and whether the token is known."""
        await asyncio.sleep(self.delay_s)
        match self.trouble:
            case "mute":
                await asyncio.Event().wait()
            case "broken":
                return web.Response(text='{"token": "eyJ', content_type="application/json")
            case "other":
                return web.json_response(["Welcome!"])
            case "huge":
                return web.Response(body=b" " * (16 << 20), content_type="application/json")
            case "busy":
                raise web.HTTPServiceUnavailable(headers={"Retry-After": str(BUSY_S)})
        if self.brand == "other":
            raise web.HTTPNotFound
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path != "/acme/login" and token not in self.tokens:
            raise web.HTTPUnauthorized
        return await handler(request)

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self.door])
        application.router.add_post("/acme/login", self.login)
        for name, answer in (
            ("about", self.about),
            ("stream", self.stream),
            ("snapshot", self.snapshot),
        ):
            application.router.add_get(f"/acme/{name}", answer)
        return application


@asynccontextmanager
async def acme_device(
    cache: Path,
    *,
    port: int = 0,
    user: str = "admin",
    password: str = "rahasia-acme",
    lifetime_s: float = 20.0,
) -> AsyncIterator[AcmeDevice]:
    """Serve one device on loopback until the block ends. cache: folder of encoded loops."""
    lenses = [
        CameraSpec(name=name, width=320, height=180, seconds=12, label=name) for name in LENSES
    ]
    async with simulate(lenses, cache=cache) as site:
        device = AcmeDevice(site, user, password, lifetime_s)
        site.route = device.route
        # A mute answer waits for ever, and must not hold the end.
        runner = web.AppRunner(device.application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            listener = web.TCPSite(runner, site.host, port)
            await listener.start()
            device.port = runner.addresses[0][1]
            yield device
        finally:
            await runner.cleanup()


async def serve(options: argparse.Namespace) -> None:
    """One line of JSON says where it is; another one, at the end, what was asked of it.

    SIGUSR1 breaks the connections of its streams.
    """
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    async with acme_device(
        options.cache, port=options.port, password=options.password, lifetime_s=options.lifetime
    ) as device:
        say(type="ready", port=device.port, rtsp_port=device.site.port, user=device.user)
        loop.add_signal_handler(signal.SIGUSR1, device.drop)
        await end.wait()
        right = device.logins.count(True)
        wrong = len(device.logins) - right
        say(type="end", right=right, wrong=wrong, tickets=len(device.tickets))


def say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="acme_device.py", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder of encoded loops")
    parser.add_argument("--port", type=int, default=0, help="of HTTP; 0 takes a free one")
    parser.add_argument("--password", default="rahasia-acme")
    parser.add_argument("--lifetime", type=float, default=20.0, help="seconds of an address")
    asyncio.run(serve(parser.parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
