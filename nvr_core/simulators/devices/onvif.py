"""An ONVIF device on loopback: device, media and media2 service, and WS-Discovery, faults included.

`async with onvif_device(site, OnvifSpec()) as device:` serves the cameras of a site as its lenses.
It answers as ONVIF Core and Media say; what real devices do otherwise are fields of OnvifSpec.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from aiohttp import web

from nvr_core.kit.elements import Element, ElementsError, parse
from nvr_core.simulators.devices import onvif_answers as answers
from nvr_core.simulators.devices import onvif_discovery
from nvr_core.simulators.devices.group import responding
from nvr_core.simulators.devices.http_guard import HttpGuard
from nvr_core.simulators.devices.web_server import serving
from nvr_core.simulators.site import Site, check_host

Way = Literal["token", "digest", "both", "none"]
"""Where it wants the login: in the envelope, in HTTP, in either, nowhere."""
OPEN = ("GetSystemDateAndTime", "GetServices", "GetCapabilities")
"""What it tells without a login (ONVIF Core, 5.9.4.3, pre-auth)."""
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////"
    "////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
"""One grey point."""
REALM = "ONVIF"


@dataclass(frozen=True, kw_only=True)
class OnvifSpec:
    """One device, and how it departs from the standard."""

    user: str = "admin"
    password: str = field(default="rahasia-onvif", repr=False)
    way: Way = "token"
    manufacturer: str = "Contoh"
    model: str = "CT-200"
    firmware: str = "1.2.3"
    serial: str = "CT200-0001"
    mac: str = "00:1a:2b:3c:4d:5e"
    name: str = "Kamera Contoh"
    media2: bool = True
    ahead_s: float = 0.0
    """Seconds by which its clock is ahead."""
    patience_s: float = 5.0
    """Seconds by which a token may be away from its clock."""
    says_host: str = ""
    """The host that it believes to have; behind NAT, and after a move, it is wrong."""
    old: bool = False
    """It has no GetServices."""
    hides_mac: bool = False
    """It does not tell its network cards."""
    endpoint: str = ""
    """UUID of its WS-Discovery endpoint; by default one made of its serial."""


class OnvifDevice:
    """A running device."""

    def __init__(self, spec: OnvifSpec, site: Site, host: str) -> None:
        self.spec = spec
        self.site = site
        self.host = host
        self.port = 0
        self._guard = HttpGuard(spec.user, spec.password, realm=REALM)
        self.asked: list[str] = []
        """The words of all requests."""
        self.probes = 0
        """WS-Discovery questions that it has heard."""

    @property
    def logins(self) -> list[bool]:
        """Every login that was shown, in HTTP or inside an envelope: whether it was right."""
        return self._guard.logins

    @property
    def endpoint(self) -> str:
        named = uuid.uuid5(uuid.NAMESPACE_URL, f"ronda:{self.spec.serial}")
        return self.spec.endpoint or str(named)

    @property
    def address(self) -> str:
        """As it writes it of itself."""
        return f"http://{self.spec.says_host or self.host}:{self.port}"

    def now(self) -> datetime:
        wall = self.site.clock.now() + int(self.spec.ahead_s * 1_000_000)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=wall)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/snapshot.jpg":
            return self._challenge(request) or web.Response(body=JPEG, content_type="image/jpeg")
        try:
            envelope = parse(await request.read())
        except ElementsError:
            return answers.fault("ter:WellFormed", "not well-formed", 400)
        body = envelope.first("Body")
        if request.method != "POST" or body is None or not body.children:
            return answers.fault("ter:WellFormed", "no SOAP body", 400)
        asked = body.children[0]
        self.asked.append(asked.name)
        if asked.name not in OPEN and (refused := self._refused(request, envelope)) is not None:
            return refused
        return answers.to(self, request.path, asked)

    def _refused(self, request: web.Request, envelope: Element) -> web.Response | None:
        way = self.spec.way
        if way == "none":
            return None
        token = envelope.first("Header/Security/UsernameToken")
        if token is not None and way in ("token", "both"):
            self.logins.append(self._is_right(token))
            if self.logins[-1]:
                return None
            return answers.fault("ter:NotAuthorized", "Sender not Authorized", 400)
        if way == "token":
            return answers.fault("ter:NotAuthorized", "Sender not Authorized", 400)
        return self._challenge(request)

    def _is_right(self, token: Element) -> bool:
        made = token.value("Created")
        try:
            nonce = base64.b64decode(token.value("Nonce"), validate=True)
            when = datetime.fromisoformat(made)
        except ValueError:
            return False
        secret = self.spec.password.encode()
        proof = hashlib.sha1(nonce + made.encode() + secret, usedforsecurity=False).digest()
        away = abs((when - self.now()).total_seconds())
        return (
            token.value("Username") == self.spec.user
            and token.value("Password") == base64.b64encode(proof).decode()
            and away <= self.spec.patience_s
        )

    def _challenge(self, request: web.Request) -> web.Response | None:
        return None if self.spec.way == "none" else self._guard.refused(request)


@asynccontextmanager
async def onvif_device(
    site: Site, spec: OnvifSpec, *, host: str = "127.0.0.1", port: int = 0, found: bool = False
) -> AsyncIterator[OnvifDevice]:
    """Serve one device until the block ends; port 0 takes a free one.

    found: it answers WS-Discovery at its address, port 3702, so that each device with this needs an
    address of its own. Raises ValueError for a host that is not this machine's, and OSError.
    """
    device = OnvifDevice(spec, site, check_host(host))
    async with AsyncExitStack() as stack:
        device.port = await stack.enter_async_context(serving(device.serve, device.host, port))
        if found:
            answer = partial(onvif_discovery.answer, device)
            hearing = responding(onvif_discovery.GROUP, onvif_discovery.PORT, device.host, answer)
            await stack.enter_async_context(hearing)
        yield device
