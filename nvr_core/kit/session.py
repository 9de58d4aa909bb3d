"""HTTP to one device and to nobody else, with a login that is tried once.

A device may lead us anywhere by a redirect, lock an account after five wrong passwords, or answer
without end. So redirects are answers like others, a login that was refused is not sent again by
this session, and every answer has bounds of bytes and time. Basic and Digest (RFC 7617, RFC 7616)
are answered as the device asks, in the way in which recorders do it for RTSP.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
from yarl import URL

from nvr_core.contract import ConfigInvalid, Login, NotReady, Text
from nvr_core.kit.answer import Answer, Explain, must_be_good, steered
from nvr_core.kit.entrance import Entrance
from nvr_core.kit.multipart import QUIET, EventPart, EventParts

__all__ = ["PATIENCE", "PICTURE_BYTES", "TEXT_BYTES", "DeviceSession", "open_session"]

PATIENCE = 5.0
"""Seconds for one answer, so that two of them fit into the 10 s of a call."""
TEXT_BYTES = 1 << 20
PICTURE_BYTES = 8 << 20
CONNECTIONS = 4
"""To one device at the same time: many take no more."""
_NAME = re.compile(r"[A-Za-z0-9]([\w.-]{0,251}\w)?")
_CONTROL = re.compile(r"[\0-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]
    shows_login: bool = True
    slow: bool = False
    """Its answer is waited for longer than others wait for their turn."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ValueError(f"{self.path!r} does not begin with /")


class DeviceSession:
    """Requests to one device. Made by `open_session`."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        base: URL,
        login: Login | None,
        explain: Explain | None,
    ) -> None:
        self._client = client
        self._base = base
        self._entrance = Entrance(base.host or "", login, explain)

    @property
    def host(self) -> str:
        """For sentences: the device's name or address, without its port."""
        return self._base.host or ""

    async def get(self, path: str, *, most: int = TEXT_BYTES) -> bytes:
        """The body of a good answer. Raises what `ask` and `answer.must_be_good` raise."""
        answer = await self.ask("GET", path, most=most)
        must_be_good(answer, self.host)
        return answer.body

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = TEXT_BYTES,
        patience: float = PATIENCE,
        shows_login: bool = True,
    ) -> Answer:
        """One answer of any status. path: with its query, percent-encoded, from its / on.

        shows_login: when False, a 401 is an answer like others. Raises NotReady when none comes in
        `patience` seconds or it has more than `most` bytes, and AuthFailed when the login is
        refused, or was before. A login that worked before is doubted first, by NotReady.
        """
        slow = patience > PATIENCE
        request = _Request(method, path, body, headers or {}, shows_login, slow)
        with steered(self.host):
            async with asyncio.timeout(patience), self._answered(request) as response:
                content = await self._whole(response, most)
        return Answer(status=response.status, headers=response.headers, body=content)

    async def events(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idle: float,
    ) -> AsyncGenerator[EventPart, None]:
        """Parts of an endless answer, until the device ends it. Close it with `aclosing`.

        idle: seconds without a byte after which the device counts as gone; give twice its heartbeat
        and more. Raises what `ask` raises.
        """
        request = _Request(method, path, body, headers or {})
        with steered(self.host):
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(PATIENCE):
                    response = await stack.enter_async_context(self._answered(request))
                must_be_good(
                    Answer(status=response.status, headers=response.headers, body=b""), self.host
                )
                parts = await stack.enter_async_context(aclosing(_parts(response, idle)))
                async for part in parts:
                    yield part

    @asynccontextmanager
    async def _answered(self, request: _Request) -> AsyncIterator[aiohttp.ClientResponse]:
        """The head of an answer that is no refusal."""
        send = partial(self._once, request)
        if request.shows_login:
            response = await self._entrance.through(
                request.method, request.path, send, slow=request.slow
            )
        else:
            response = await send(None)
        try:
            yield response
        finally:
            # An answer that was not read to its end cannot carry another one behind it.
            response.close()

    async def _once(self, request: _Request, authorization: str | None) -> aiohttp.ClientResponse:
        headers = dict(request.headers)
        if authorization is not None:
            headers["Authorization"] = authorization
        # A redirect would carry the request to wherever it leads.
        return await self._client.request(
            request.method,
            URL(f"{self._base}{request.path}", encoded=True),
            data=request.body,
            headers=headers,
            allow_redirects=False,
        )

    async def _whole(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > most:
                raise NotReady(
                    Text("{host} answers with more than {most} bytes.", host=self.host, most=most),
                    code="too-large",
                )
        return bytes(content)


async def _parts(response: aiohttp.ClientResponse, idle: float) -> AsyncGenerator[EventPart, None]:
    parts = EventParts()
    quiet = 0.0
    while True:
        try:
            async with asyncio.timeout(QUIET):
                chunk = await response.content.readany()
        except TimeoutError:
            quiet += QUIET
            if quiet >= idle:
                raise
            if (last := parts.pause()) is not None:
                yield last
            continue
        quiet = 0.0
        for part in parts.feed(chunk):
            yield part
        if not chunk:
            if (last := parts.pause()) is not None:
                yield last
            return


async def _unrepeated(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp repeats a request whose connection broke: not one that shows a login."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        if "Authorization" in request.headers:
            raise aiohttp.ClientConnectionError("broken off") from None
        raise


@asynccontextmanager
async def open_session(
    address: str,
    port: int,
    *,
    login: Login | None = None,
    tls: bool = False,
    verify_tls: bool = False,
    explain: Explain | None = None,
) -> AsyncIterator[DeviceSession]:
    """A session with one device; it connects when the first request is made.

    explain: for brands whose refusal may mean something else than a wrong login. Raises
    ConfigInvalid for an address that is none.
    """
    base = _base(address, port, tls)
    if login is not None and _CONTROL.search(login.user):
        raise ConfigInvalid(
            Text("The user name holds a line feed or another control character; remove it."),
            option="username",
        )
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=verify_tls)
    # One device's cookies are its own affair; a brand that needs one sends it itself.
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE),
        headers={"User-Agent": "Ronda"},
        middlewares=(_unrepeated,),
    ) as client:
        yield DeviceSession(client, base, login, explain)


def _base(address: str, port: int, tls: bool) -> URL:
    """Raises ConfigInvalid for what is neither a name nor an address."""
    try:
        if ":" in address:
            ipaddress.IPv6Address(address)
        elif not _NAME.fullmatch(address):
            raise ValueError(address)
        return URL.build(scheme="https" if tls else "http", host=address, port=port)
    except ValueError:
        raise ConfigInvalid(
            Text(
                '"{address}" is no address; write it alone, such as 192.168.1.64', address=address
            ),
            option="address",
        ) from None
