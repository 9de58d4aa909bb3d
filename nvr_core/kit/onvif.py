"""An ONVIF device: its services by name, its clock, and a login that is shown in the way it wants.

The login is shown once. Whether a device wants it in HTTP (Digest) or inside the envelope is asked
without it, so that no wrong password is tried in both ways. Inside an envelope it holds the time,
and a device refuses what is older than some seconds to minutes: so its clock is read first, which
needs no login (ONVIF Core, 5.12).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from nvr_core.contract import Login, NotReady, Text, Unsupported
from nvr_core.kit import soap
from nvr_core.kit.answer import Answer, must_be_good
from nvr_core.kit.elements import Element, ElementsError
from nvr_core.kit.entrance import Standing
from nvr_core.kit.session import PATIENCE, TEXT_BYTES, DeviceSession, open_session

__all__ = ["DEVICE", "EVENTS", "MEDIA", "MEDIA2", "PTZ", "OnvifClient", "open_onvif"]

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
DOOR = "/onvif/device_service"
"""Where the device service is (ONVIF Core, 5.1.1)."""
REFUSED = "refused"
"""Code of what a device refuses in words of its own."""
SKEW = 2_000_000
"""µs by which a clock was set, and did not only tick."""
_REFUSED = frozenset({"NotAuthorized", "FailedAuthentication", "InvalidSecurityToken"})
_LACKING = frozenset({"ActionNotSupported", "OptionalActionNotImplemented", "NoSuchService"})


class _LoginRefused(Exception):
    """This answer says that the login is missing or wrong."""


class OnvifClient:
    """Calls to one device. Made by `open_onvif`."""

    def __init__(
        self,
        bare: DeviceSession,
        digest: DeviceSession,
        *,
        login: Login | None,
        now: Callable[[], int],
        door: str,
    ) -> None:
        self._bare = bare
        self._digest = digest
        self._login = login
        self._now = now
        self._door = door
        self._services: Mapping[str, str] | None = None
        self._ahead: int | None = None
        """µs by which the device's clock is ahead of ours; None: it was not read yet."""
        self._way: DeviceSession | None = None
        """How requests go since one was let in; None: none was yet."""
        self._finding = asyncio.Lock()
        self._standing = Standing(bare.host)
        """Of the login inside envelopes; the one in HTTP has its own."""

    async def services(self) -> Mapping[str, str]:
        """Namespace → path at this device of each service that it has.

        Hosts in what it answers are left out: behind NAT, and after a move, they are wrong.
        """
        if self._services is None:
            asked = (
                f'<GetServices xmlns="{DEVICE}"><IncludeCapability>false</IncludeCapability>'
                "</GetServices>"
            )
            try:
                found = await self.call_at(self._door, asked)
                pairs = [
                    (one.value("Namespace"), one.value("XAddr")) for one in found.all("Service")
                ]
            except (Unsupported, NotReady) as error:
                if error.code not in (Unsupported.code, REFUSED):
                    raise
                pairs = await self._capabilities()
            paths = {name: path for name, address in pairs if name and (path := _path(address))}
            self._services = {DEVICE: self._door, **paths}
        return self._services

    async def call(self, service: str, body: str, *, patience: float = PATIENCE) -> Element:
        """What a service answers. Raises Unsupported when the device does not have it.

        service: its namespace. body: XML that names its own namespaces. Also raises what `call_at`
        raises.
        """
        path = (await self.services()).get(service)
        if path is None:
            raise Unsupported(Text("{host} does not have this.", host=self._bare.host))
        return await self.call_at(path, body, patience=patience)

    async def call_at(self, path: str, body: str, *, patience: float = PATIENCE) -> Element:
        """The same at a path, for addresses that a device gave, such as of a subscription.

        Raises AuthFailed, Unsupported, NotReady.
        """
        if self._way is None:
            return await self._first(path, body, patience)
        return await self._asked(self._way, path, body, patience)

    async def ahead(self) -> int:
        """µs by which the device's clock is ahead of ours: GetSystemDateAndTime, without login.

        Raises NotReady.
        """
        if self._ahead is None:
            asked = f'<GetSystemDateAndTime xmlns="{DEVICE}"/>'
            before = self._now()
            answer = await self._post(self._bare, self._door, soap.envelope(asked))
            try:
                moment = _moment(self._read(answer))
            except (_LoginRefused, Unsupported):
                moment = None  # against the standard; then its clock is believed to be right
            # Half of the way there and back belongs to the answer.
            self._ahead = moment - (before + self._now()) // 2 if moment is not None else 0
        return self._ahead

    async def _first(self, path: str, body: str, patience: float) -> Element:
        """A call that finds out how the device wants the login."""
        answer = await self._post(self._bare, path, soap.envelope(body), patience)
        try:
            return self._read(answer)  # some calls need no login; the way is still to be found
        except _LoginRefused:
            if self._login is None:
                raise self._standing.wanted() from None
        by_http = answer.status == 401 and "WWW-Authenticate" in answer.headers
        way = self._digest if by_http else self._bare
        async with self._finding:
            if self._way is None:
                content = await self._asked(way, path, body, patience)
                self._way = way
                return content
        return await self._asked(self._way, path, body, patience)

    async def _asked(self, way: DeviceSession, path: str, body: str, patience: float) -> Element:
        """An answer to who shows the login in this way."""
        if way is self._digest:
            try:
                return self._read(await self._post(way, path, soap.envelope(body), patience))
            except _LoginRefused:
                # The door let it in; what is behind is not this user's.
                raise self._standing.not_allowed() from None
        self._standing.must_be_open()
        before = await self.ahead()
        try:
            content = await self._proven(path, body, patience)
        except _LoginRefused:
            # A clock that was set meanwhile makes a right login look wrong, and only then it is
            # shown again.
            self._ahead = None
            if abs(await self.ahead() - before) < SKEW:
                raise self._standing.refused() from None
            try:
                content = await self._proven(path, body, patience)
            except _LoginRefused:
                raise self._standing.refused() from None
        self._standing.taken()
        return content

    async def _proven(self, path: str, body: str, patience: float) -> Element:
        """The answer to a token. It counts at the device even when none comes."""
        assert self._login is not None
        wall = self._now() + await self.ahead()
        header = soap.user_token(self._login, wall, secrets.token_bytes(16))
        try:
            answer = await self._post(self._bare, path, soap.envelope(body, header), patience)
        except (NotReady, asyncio.CancelledError):
            self._standing.unheard()
            raise
        return self._read(answer)

    async def _post(
        self, way: DeviceSession, path: str, content: bytes, patience: float = PATIENCE
    ) -> Answer:
        return await way.ask(
            "POST",
            path,
            body=content,
            headers={"Content-Type": soap.CONTENT_TYPE},
            most=TEXT_BYTES,
            patience=patience,
            shows_login=way is self._digest,
        )

    def _read(self, answer: Answer) -> Element:
        host = self._bare.host
        try:
            return soap.content_of(answer.body)
        except soap.Fault as fault:
            if answer.status == 401 or fault.codes & _REFUSED:
                raise _LoginRefused from None
            if fault.codes & _LACKING:
                raise Unsupported(Text("{host} does not have this.", host=host)) from None
            raise NotReady(
                Text("{host} refuses a request: {reason}", host=host, reason=fault.reason),
                code=REFUSED,
            ) from None
        except ElementsError as error:
            if answer.status == 401:
                raise _LoginRefused from None
            must_be_good(answer, host)
            raise NotReady(
                Text("{host} does not answer as ONVIF devices do: {why}.", host=host, why=error),
                code="not-onvif",
            ) from None

    async def _capabilities(self) -> list[tuple[str, str]]:
        """What came before GetServices (ONVIF Core 1.0)."""
        asked = f'<GetCapabilities xmlns="{DEVICE}"><Category>All</Category></GetCapabilities>'
        found = await self.call_at(self._door, asked)
        named = (("Media", MEDIA), ("Events", EVENTS), ("PTZ", PTZ))
        return [(name, found.value(f"Capabilities/{word}/XAddr")) for word, name in named]


def _path(address: str) -> str:
    """The path in an address that a device gives; "" for what is no address."""
    try:
        parts = urlsplit(address.split()[0])
    except (ValueError, IndexError):
        return ""
    if not parts.path.startswith("/"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _moment(found: Element) -> int | None:
    """µs since 1970-01-01 UTC in GetSystemDateAndTimeResponse; None: it says none."""
    told = found.first("SystemDateAndTime/UTCDateTime")
    if told is None:
        return None
    words = ("Date/Year", "Date/Month", "Date/Day", "Time/Hour", "Time/Minute", "Time/Second")
    try:
        year, month, day, hour, minute, second = (int(told.value(word)) for word in words)
        if not 1970 <= year <= 2200:
            return None
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@asynccontextmanager
async def open_onvif(
    address: str,
    port: int,
    *,
    login: Login | None,
    now: Callable[[], int],
    door: str = DOOR,
    tls: bool = False,
) -> AsyncIterator[OnvifClient]:
    """A client; it connects with the first call. now: wall time, µs, such as `context.now`."""
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(open_session(address, port, tls=tls))
        digest = await stack.enter_async_context(open_session(address, port, login=login, tls=tls))
        yield OnvifClient(bare, digest, login=login, now=now, door=door)
