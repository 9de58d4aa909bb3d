"""HTTP for feeds: logins, redirects and certificates are checked here, for every request of one.

FFmpeg could fetch by itself, but it verifies no certificate of an HLS segment, keeps a login in
its messages, and knows one time-out for all.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, urljoin, urlsplit

from nvr_core.media.digest import Authorizer
from nvr_core.recorder.failures import Unreachable, Unsupported
from nvr_core.recorder.http_failures import broken, no_connection, refused, shown
from nvr_core.recorder.interruption import Interruption
from nvr_core.wire.wants import Login

AGENT = "Ronda"
REDIRECTS = 5
OWN = ("authorization", "cookie", "proxy-authorization")
"""Headers that only the host gets which the source names."""


class Body:
    """What a server answers, read bit by bit."""

    def __init__(
        self, response: http.client.HTTPResponse, url: str, interruption: Interruption
    ) -> None:
        self._response = response
        self._interruption = interruption
        self._left = response.length
        self.url = url
        """Where it came from in the end."""
        self.kind = response.headers.get_content_type()

    def read(self, most: int) -> bytes:
        """What has come, at least one byte; b"" at the end. Raises SourceFailed, Interrupted."""
        if self._left == 0:
            return b""
        try:
            got = self._response.read1(most)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._interruption.check()
            raise broken(error, shown(self.url)) from None
        if not got:
            self._interruption.check()
            if self._left is not None:
                raise Unreachable(f"{shown(self.url)} broke off, {self._left} bytes before its end")
        if self._left is not None:
            self._left -= len(got)
        return got

    def read_all(self, limit: int) -> bytes:
        """Everything; Unsupported when it is more than `limit` bytes."""
        whole = bytearray()
        while got := self.read(65536):
            whole += got
            if len(whole) > limit:
                raise Unsupported(f"{shown(self.url)} is longer than {limit} bytes")
        return bytes(whole)

    def close(self) -> None:
        self._response.close()


class Fetcher:
    """Fetches for one source, in one thread, until interrupted."""

    def __init__(
        self,
        interruption: Interruption,
        *,
        origin: str,
        login: Login | None,
        headers: Mapping[str, str],
        verify_tls: bool,
        patience: float,
    ) -> None:
        """origin: the source's url; login, and headers that prove who we are, go only there.

        patience: seconds for a connection, and for each byte after the last.
        """
        self._interruption = interruption
        self._origin = urlsplit(origin)
        self._authorizer = Authorizer(login.user, login.password) if login else None
        self._headers = headers
        self._patience = patience
        self._verify_tls = verify_tls
        self._context = ssl.create_default_context()
        if not verify_tls:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE

    def get(self, url: str, start: int = 0, size: int | None = None) -> Body:
        """Ask for all of it, or for `size` bytes from `start`. Raises SourceFailed, Interrupted."""
        for _ in range(REDIRECTS + 2):
            parts = self._parts(url)
            response = self._ask(parts, start, size)
            status = response.status
            if status == 401 and self._challenged(parts, response):
                pass
            elif status in (301, 302, 303, 307, 308) and response.headers["Location"]:
                url = self._redirected(url, response.headers["Location"])
            elif status == 206 or (status == 200 and size is None):
                return Body(response, url, self._interruption)
            else:
                response.close()
                raise refused(status, shown(url), self._authorizer is not None)
            response.close()
        raise Unreachable(f"{shown(url)} redirects for ever; check the address")

    def _ask(self, parts: SplitResult, start: int, size: int | None) -> http.client.HTTPResponse:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        own = self._is_origin(parts)
        headers = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        headers |= {k: v for k, v in self._headers.items() if own or k.lower() not in OWN}
        headers["Connection"] = "close"
        if size is not None:
            headers["Range"] = f"bytes={start}-{start + size - 1}"
        signed = self._authorizer.header("GET", path) if self._authorizer and own else None
        if signed:
            headers["Authorization"] = signed
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        connection.sock = self._dial(parts)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse()
        except (OSError, ValueError, http.client.HTTPException) as error:
            connection.close()
            self._interruption.check()
            raise broken(error, shown(parts.geturl())) from None

    def _dial(self, parts: SplitResult) -> socket.socket:
        """A connected socket, TLS included, that the interruption can shut down at every step."""
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise Unreachable(f"the name {host} is not known ({why}); check the address") from None
        failed: OSError | None = None
        for family, kind, protocol, _, address in addresses:
            current = socket.socket(family, kind, protocol)
            try:
                current.settimeout(self._patience)
                self._interruption.watch(current)
                current.connect(address)
                if secure:
                    current = self._context.wrap_socket(
                        current, server_hostname=host, do_handshake_on_connect=False
                    )
                    self._interruption.watch(current)
                    current.do_handshake()
            except BaseException as error:
                current.close()
                self._interruption.check()
                if not isinstance(error, OSError):
                    raise
                failed = error
            else:
                return current
        raise no_connection(failed, f"{host}:{port}")

    def _parts(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise Unsupported(f"{shown(url)} is no address; check the feed's playlist") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unsupported(f"{shown(url)} is not fetched: only http and https addresses are")
        return parts

    def _is_origin(self, parts: SplitResult) -> bool:
        """The source's own host; the same host turning to TLS is no other."""
        same = (parts.hostname, parts.port) == (self._origin.hostname, self._origin.port)
        return same and (parts.scheme == self._origin.scheme or parts.scheme == "https")

    def _challenged(self, parts: SplitResult, response: http.client.HTTPResponse) -> bool:
        """Whether asking again with an answer to the server's challenge is worth it."""
        if self._authorizer is None or not self._is_origin(parts):
            return False
        challenges = response.headers.get_all("WWW-Authenticate") or []
        return self._authorizer.challenged(challenges)

    def _redirected(self, url: str, location: str) -> str:
        target = urljoin(url, location)
        if url.startswith("https:") and not target.startswith("https:") and self._verify_tls:
            raise Unreachable(
                f"{shown(url)} leads from https to {shown(target)}; "
                "use that address if you trust the network in between"
            )
        return target
