"""Asking a camera over one connection: how to reach it, how to log in, what its answers mean."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit, urlunsplit

from nvr_core.media import rtsp, sdp
from nvr_core.media.digest import Authorizer
from nvr_core.media.errors import MediaError
from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.connection import Connection
from nvr_core.recorder.failures import (
    DeviceFull,
    LoginRefused,
    NoConnection,
    Unreachable,
    Unsupported,
)
from nvr_core.recorder.logins import Logins
from nvr_core.wire.wants import Source


class Dialogue:
    """Requests and answers of one RTSP conversation, signed once the camera asks for a login."""

    def __init__(
        self,
        source: Source,
        logins: Logins,
        *,
        login_group: str,
        patience: float,
        buffers: Buffers,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._source = source
        self._logins = logins
        self._login_group = login_group
        self._patience = patience
        self._buffers = buffers
        self.connection = Connection(self._loop, buffers)
        self.url = source.url
        """What is described; a redirect changes it."""
        self.base: str | None = None
        """The camera's word on what its controls are relative to."""
        login = source.login
        self._authorizer = Authorizer(login.user, login.password) if login else None
        self._authorized = False
        self._leave: Callable[[], None] = lambda: None

    async def connect(self) -> None:
        parts = urlsplit(self.url)
        secure = parts.scheme == "rtsps"
        host, port = parts.hostname or "", parts.port or (322 if secure else 554)
        context: ssl.SSLContext | None = None
        if secure:
            context = ssl.create_default_context()
            if not self._source.verify_tls:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        try:
            async with asyncio.timeout(self._patience):
                await self._loop.create_connection(lambda: self.connection, host, port, ssl=context)
        except TimeoutError:
            raise NoConnection(
                f"nothing answers at {host}:{port}; check its power, its network and the address"
            ) from None
        except ssl.SSLError as error:
            raise Unreachable(
                f"{host}:{port} does not speak TLS as expected ({error.reason or error}); "
                "use rtsp://, or verify_tls = false for a certificate made by the camera"
            ) from None
        except OSError as error:
            raise NoConnection(not_reached(host, port, error)) from None

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], patience: float | None = None
    ) -> rtsp.Response:
        """Ask once, and once more with an answer to a fresh or stale challenge.

        patience: seconds for each answer, where it is not that of the conversation.
        """
        patience = patience or self._patience
        signed = {**headers, **self.authorization(method, url)}
        response = await self.connection.request(method, url, signed, patience)
        challenges = response.headers.get_all("WWW-Authenticate")
        if (
            response.status == 401
            and self._authorized
            and self._authorizer is not None
            and self._authorizer.challenged(challenges)
        ):
            signed = {**headers, **self.authorization(method, url)}
            return await self.connection.request(method, url, signed, patience)
        return response

    def send(self, method: str, url: str, session: str) -> None:
        """Send a request about a session whose answer does not matter."""
        headers = {"Session": session, **self.authorization(method, url)}
        self.connection.send(method, url, headers)

    def close(self) -> None:
        """Hang up."""
        self._leave()
        self.connection.close()

    async def describe(self) -> sdp.SessionDescription:
        """DESCRIBE, with at most one redirect on the same host, and one login."""
        headers = {"Accept": "application/sdp"}
        redirected = False
        while True:
            response = await self.ask("DESCRIBE", self.url, headers)
            if response.status == 401 and not self._authorized:
                response = await self._log_in(response, headers)
            if response.status in (301, 302, 303, 307) and not redirected:
                redirected = True
                await self._redirect(response)
                continue
            break
        self.check("DESCRIBE", response)
        try:
            description = sdp.parse(response.body)
        except MediaError as error:
            raise Unsupported(f"the camera describes its stream in no known way: {error}") from None
        self.base = response.headers.get("Content-Base") or response.headers.get("Content-Location")
        return description

    async def _log_in(self, response: rtsp.Response, headers: Mapping[str, str]) -> rtsp.Response:
        login = self._source.login
        if login is None or self._authorizer is None:
            raise LoginRefused("the camera asks for a user name and password; none is set")
        async with self._logins.turn(self._login_group, login) as turn:
            if not self._authorizer.challenged(response.headers.get_all("WWW-Authenticate")):
                raise Unsupported("the camera asks for a kind of login that Ronda does not know")
            self._authorized = True
            again = await self.ask("DESCRIBE", self.url, headers)
            if again.status == 401:
                raise self._logins.refused(turn)
            turn.accepted()
            self._leave = self._logins.enter(turn)
            return again

    async def _redirect(self, response: rtsp.Response) -> None:
        old = urlsplit(self.url)
        try:
            new = urlsplit(response.headers.get("Location", "").strip())
            moved = (new.port or 554) != (old.port or 554) or new.scheme != old.scheme
        except ValueError:
            raise Unreachable(
                "the camera sends us to an address that is none; "
                "set the address of its stream as its manual gives it"
            ) from None
        if new.scheme not in ("rtsp", "rtsps") or new.hostname != old.hostname:
            raise Unreachable(
                "the camera sends us to another host; set that address if you trust it"
            )
        if old.scheme == "rtsps" and new.scheme != "rtsps":
            raise Unreachable(
                "the camera sends us from rtsps to rtsp, which anybody on the way can read; "
                "set that address if this is meant"
            )
        self.url = urlunsplit(new._replace(netloc=new.netloc.rpartition("@")[2]))
        if moved:
            self.connection.close()
            self.connection = Connection(self._loop, self._buffers)
            await self.connect()

    def check(self, method: str, response: rtsp.Response) -> None:
        """Raise SourceFailed when the camera refused."""
        known = self._authorized or method != "DESCRIBE"
        check(method, response, known=known)

    def authorization(self, method: str, url: str) -> dict[str, str]:
        if not self._authorized or self._authorizer is None:
            return {}
        value = self._authorizer.header(method, url)
        return {"Authorization": value} if value is not None else {}


def check(method: str, response: rtsp.Response, *, known: bool = False) -> None:
    """Raise what a refusing status means for a person (RFC 2326, 7.1.1).

    known: the camera has let us in, or described the stream: what it refuses now is one viewer
    too many.
    """
    status = response.status
    if 200 <= status < 300:
        return
    said = f"the camera answered {method} with {status} {response.reason}".rstrip()
    if status in (453, 503) or (status in (401, 403, 500) and known):
        raise DeviceFull(
            f"{said}: it probably serves as many viewers as it can; end others, or wait"
        )
    if status in (401, 403):
        raise LoginRefused(f"{said}: it wants a login, or another one")
    if status in (415, 461):
        raise Unsupported(f"{said}: it does not offer this stream in a form Ronda takes")
    raise Unreachable(f"{said}: check the path in the camera's address")


def not_reached(host: str, port: int, error: OSError) -> str:
    """What a person can do about a connection that was not made."""
    if isinstance(error, socket.gaierror):
        return f"the name {host} is not known here; check it, or write the camera's IP address"
    if error.errno == errno.ECONNREFUSED:
        return (
            f"{host} refuses connections on port {port}; "
            "check the port, and that RTSP is switched on in the camera"
        )
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return f"there is no way to {host}; check its power, its cable or radio, and the address"
    return f"no connection to {host}:{port}: {error.strerror or error}; check the address"
