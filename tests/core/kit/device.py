"""A device's web server: it asks for a login in its way, and counts who shows one."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from nvr_core.media import digest

USER, PASSWORD = "admin", 'rahasia 1: "ä"'
REALM = "IP Camera(C1234)"
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(eq=False)
class Device:
    """What a test may set and ask."""

    asks: tuple[str, ...] = ('Digest qop="auth", realm="{realm}", nonce="{nonce}"',)
    """Values of WWW-Authenticate, each in a header of its own; none: everybody is let in."""
    uses: Iterator[int] = field(default_factory=lambda: itertools.repeat(1))
    """How often each nonce is good; a request with an older one is told so, in `stale`."""
    stale: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    """Every login that was shown: whether it was right."""
    full: bool = False
    """It refuses everybody, because too many are logged in."""
    _nonces: dict[str, int] = field(default_factory=dict)

    def page(
        self,
        path: str,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        async def answer(request: web.Request) -> web.Response:
            await request.read()
            return web.Response(body=body, status=status, headers=headers)

        self.pages[path] = answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.raw_path))
        if self.asks and (refused := self._refused(request)) is not None:
            return refused
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        return await page(request)

    def _refused(self, request: web.Request) -> web.Response | None:
        shown = request.headers.get("Authorization")
        stale = ""
        if shown is not None:
            self.logins.append(False)
            nonce = next((one for one in self._nonces if f'"{one}"' in shown), "")
            right = not self.full and digest.verify(
                shown, request.method, users={USER: PASSWORD}, realm=REALM, nonce=nonce
            )
            if right and (shown.startswith("Basic") or self._nonces[nonce] > 0):
                self._nonces[nonce] = self._nonces.get(nonce, 1) - 1
                self.logins[-1] = True
                return None
            stale = self.stale if right else ""
        nonce = secrets.token_hex(8)
        self._nonces[nonce] = next(self.uses)
        response = web.Response(status=401, body=b"too many" if self.full else b"who are you?")
        for value in self.asks:
            response.headers.add("WWW-Authenticate", value.format(realm=REALM, nonce=nonce) + stale)
        return response


@asynccontextmanager
async def serving(device: Device) -> AsyncIterator[Device]:
    """The device on a port of loopback, until the block ends."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", device.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        device.port = runner.addresses[0][1]
        yield device
    finally:
        await runner.cleanup()


@asynccontextmanager
async def saying(
    *pieces: bytes, pause: float = 0.0, hold: bool = False
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says these bytes to everybody. Yields its port, and the requests it got.

    hold: it does not hang up afterwards.
    """
    heard: list[bytes] = []
    tasks = set()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            if hold:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
