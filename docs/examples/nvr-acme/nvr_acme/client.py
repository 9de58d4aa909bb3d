"""Asks one Acme device over HTTP. What goes wrong becomes the error that tells Ronda what to do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
from pydantic import ValidationError

from nvr_acme.answers import Answer, Welcome
from nvr_acme.config import AcmeConfig
from nvr_core.contract import AuthFailed, ConfigInvalid, NotReady, Text, Unsupported

AnswerT = TypeVar("AnswerT", bound=Answer)

PATIENCE = 5.0
"""Seconds for one answer, so that two of them fit into the 10 s of a call."""
TEXT_BYTES = 1 << 16
PICTURE_BYTES = 8 << 20
RETRY_MOST = 300
"""Seconds: a device that asks for more is asked again all the same."""


class AcmeClient:
    """No retry and no thread: Ronda knows when to come back."""

    def __init__(self, session: aiohttp.ClientSession, config: AcmeConfig) -> None:
        self._session = session
        self._config = config
        self._host = config.host
        self._token = ""

    async def login(self) -> None:
        """Log in, once. Raises AuthFailed, NotReady, ConfigInvalid."""
        login = {"user": self._config.username, "password": self._config.password.reveal()}
        self._token = (await self.ask("POST", "/acme/login", Welcome, json=login)).token

    async def ask(self, method: str, path: str, kind: type[AnswerT], **given: Any) -> AnswerT:
        """One answer of this kind. Raises what `read` raises."""
        body = await self.read(method, path, TEXT_BYTES, **given)
        try:
            return kind.model_validate_json(body)
        except ValidationError:
            raise NotReady(
                Text("{host} answers, but not as an Acme device does.", host=self._host)
            ) from None

    async def read(self, method: str, path: str, most: int, **given: Any) -> bytes:
        """The body of one answer. Raises NotReady, AuthFailed, ConfigInvalid, Unsupported."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            # A redirect would carry the login to wherever it leads.
            async with self._session.request(
                method, path, headers=headers, allow_redirects=False, **given
            ) as answer:
                self._judge(answer.status, answer.headers)
                return await self._body(answer, most)
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise NotReady(Text("{host} does not answer.", host=self._host)) from error

    def _judge(self, status: int, headers: Mapping[str, str]) -> None:
        match status:
            case 200:
                return
            case 401 | 403 if not self._token:
                raise AuthFailed(
                    Text("{host} refuses the user name or the password.", host=self._host)
                )
            case 401:
                # It has forgotten us, as after a restart: Ronda opens once more, and logs in there.
                raise NotReady(
                    Text("{host} has ended the session.", host=self._host), code="session-ended"
                )
            case 404 if not self._token:
                text = Text("What answers at {host} is no Acme device.", host=self._host)
                raise ConfigInvalid(text, option="address")
            case 404:
                raise Unsupported(Text("{host} does not have that.", host=self._host))
            case 429 | 503:
                text = Text("{host} is busy.", host=self._host)
                raise NotReady(text, retry_after=_seconds(headers.get("Retry-After", "")))
        raise NotReady(
            Text("{host} answers with an error: {status}.", host=self._host, status=status)
        )

    async def _body(self, answer: aiohttp.ClientResponse, most: int) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_chunked(TEXT_BYTES):
            body += piece
            if len(body) > most:
                raise NotReady(
                    Text("{host} answers with more than {most} bytes.", host=self._host, most=most)
                )
        return bytes(body)


def _seconds(text: str) -> float | None:
    """Retry-After (RFC 9110, 10.2.3) in its plain form; None for a date, or for nothing."""
    return float(min(int(text), RETRY_MOST)) if re.fullmatch(r"[0-9]{1,9}", text) else None


@asynccontextmanager
async def connected(config: AcmeConfig, patience: float = PATIENCE) -> AsyncIterator[AcmeClient]:
    """A client that is logged in. Raises what `login` raises."""
    async with aiohttp.ClientSession(
        f"http://{config.host}:{config.port}",
        timeout=aiohttp.ClientTimeout(total=patience),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,  # a small answer must not unfold into a huge one
    ) as session:
        client = AcmeClient(session, config)
        await client.login()
        yield client
