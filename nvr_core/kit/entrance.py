"""How a session is let in: the login is shown when it is asked for, once at a time, and not again
once it was refused.

Not for plugins: `session` is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from nvr_core.contract import AuthFailed, ContractError, Login, NotReady, Text
from nvr_core.kit.answer import Answer, Explain
from nvr_core.media.digest import Authorizer

__all__: list[str] = []

REFUSAL_BYTES = 4096
"""Of a refusal's body, which may say why."""
CHALLENGES = 8
CHALLENGE = 2048
"""Challenges of one refusal that are looked at, and characters of each."""
DOUBTED = 90.0
"""Seconds until a login that worked before, and was refused twice, is shown by another session."""
UNHEARD = 300.0
"""Seconds until a login is shown again to which no answer came: it may have counted as wrong."""

Send = Callable[[str | None], Awaitable[aiohttp.ClientResponse]]
"""Sends the request with this Authorization, None: without one."""


class Standing:
    """What is known of a login at one device, and what follows from a refusal of it."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.let_in = False
        self._refusals = 0
        """In a row, since the login was taken last."""
        self._closed: Text | None = None
        """Why the login is shown no more."""

    def must_be_open(self) -> None:
        """Raises AuthFailed or NotReady once the login must not be shown any more."""
        if self._closed is not None:
            raise self._why()

    def taken(self) -> None:
        """The device let us in."""
        self.let_in, self._refusals = True, 0

    def unheard(self) -> None:
        """It was shown and no answer came: it may have counted as wrong."""
        if not self.let_in:
            self._closed = Text("{host} did not answer when it was logged in to.", host=self.host)

    def refused(self) -> ContractError:
        """Why: one that never worked is not shown again, one that did is doubted first."""
        self._refusals += 1
        if self.let_in and self._refusals == 1:
            return self.not_allowed()
        self._closed = Text("{host} refuses the user name or the password.", host=self.host)
        return self._why()

    def not_allowed(self) -> NotReady:
        """Where it was let in elsewhere, this one page may be an administrator's."""
        text = Text("{host} does not allow this to this user.", host=self.host)
        return NotReady(text, code="not-allowed")

    def wanted(self) -> AuthFailed:
        """There is no login to show."""
        return AuthFailed(Text("{host} wants a user name and a password.", host=self.host))

    def _why(self) -> ContractError:
        assert self._closed is not None
        if self.let_in:
            return NotReady(self._closed, code="login-doubted", retry_after=DOUBTED)
        if self._refusals == 0:
            return NotReady(self._closed, code="login-unheard", retry_after=UNHEARD)
        return AuthFailed(self._closed)


class Entrance:
    """Of one session."""

    def __init__(self, host: str, login: Login | None, explain: Explain | None) -> None:
        self._login = login
        self._explain = explain
        self._standing = Standing(host)
        self._door = asyncio.Lock()
        """One request at a time shows the login."""

    async def through(
        self, method: str, path: str, send: Send, *, slow: bool
    ) -> aiohttp.ClientResponse:
        """The answer to a request, with the login when the device wants one.

        slow: its answer takes so long that others do not wait for it, once the login was taken.
        Raises AuthFailed, NotReady, and what `send` raises.
        """
        if self._standing.let_in and slow:
            return await self._asked(method, path, send)
        async with self._door:
            return await self._asked(method, path, send)

    async def _asked(self, method: str, path: str, send: Send) -> aiohttp.ClientResponse:
        self._standing.must_be_open()
        response = await send(None)
        if response.status != 401:
            return response
        answer = await _refusal(response)
        login, shown = self._login, False
        authorizer = Authorizer(login.user, login.password.reveal()) if login else None
        while authorizer is not None and authorizer.challenged(_challenges(response)):
            shown = True
            response = await self._shown(send, authorizer.header(method, path))
            if response.status != 401:
                self._standing.taken()
                return response
            answer = await _refusal(response)
        raise self._error(answer, shown=shown)

    async def _shown(self, send: Send, authorization: str | None) -> aiohttp.ClientResponse:
        """The answer to who shows the login. It counts at the device even when none comes."""
        try:
            return await send(authorization)
        except (OSError, aiohttp.ClientError, asyncio.CancelledError):
            self._standing.unheard()
            raise

    def _error(self, answer: Answer, *, shown: bool) -> ContractError:
        """Why it was refused."""
        if self._explain is not None and (error := self._explain(answer)) is not None:
            return error
        if shown:
            return self._standing.refused()
        if self._login is None:
            return self._standing.wanted()
        return NotReady(
            Text(
                "{host} asks for a login in a way that is not known here.", host=self._standing.host
            ),
            code="unknown-challenge",
        )


async def _refusal(response: aiohttp.ClientResponse) -> Answer:
    """What a refusal says; read to its end, so that the connection goes on."""
    content = bytearray()
    try:
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > REFUSAL_BYTES:
                break
    finally:
        response.close()
    return Answer(status=401, headers=response.headers, body=bytes(content))


def _challenges(response: aiohttp.ClientResponse) -> list[str]:
    values = response.headers.getall("WWW-Authenticate", [])
    return [value[:CHALLENGE] for value in values[:CHALLENGES]]
