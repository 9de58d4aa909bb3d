"""ONVIF devices are logged in to in their way, once, whatever their clocks say."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
import re
from dataclasses import dataclass, field
from datetime import date

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.contract import AuthFailed, Login, NotReady, Secret, Unsupported
from nvr_core.kit import soap
from nvr_core.kit.elements import ElementsError, parse
from nvr_core.kit.onvif import DEVICE, DOOR, MEDIA, MEDIA2, OnvifClient, open_onvif
from tests.core.kit.device import PASSWORD, USER, Device, serving

NOON = 1_795_500_000_000_000
SECOND = 1_000_000
RIGHT = Login(user=USER, password=Secret(PASSWORD))
WRONG = Login(user=USER, password=Secret("not-the-password"))
PATIENCE = 5 * SECOND
"""µs by which a token may be older or newer than the device's clock."""


def now() -> int:
    return NOON


@dataclass(eq=False)
class Camera:
    """The device service of a camera, and its media service."""

    ahead: int = 0
    """µs by which its clock is ahead."""
    by_http: bool = False
    """It wants the login in HTTP, and knows nothing of tokens."""
    anonymous: bool = False
    old: bool = False
    """It has no GetServices."""
    tokens: list[bool] = field(default_factory=list)
    """Every token that it was shown: whether it was right."""
    asked: list[str] = field(default_factory=list)

    def on(self, device: Device) -> None:
        if not self.by_http:
            device.asks = ()
        device.pages[DOOR] = device.pages["/onvif/media"] = self.answer

    async def answer(self, request: web.Request) -> web.Response:
        envelope = parse(await request.read())
        body = envelope.first("Body")
        assert body is not None
        word = body.children[0].name
        self.asked.append(word)
        free = word in ("GetSystemDateAndTime", "GetServices") or self.anonymous
        if not (free or self.by_http or self.let_in(envelope.first("Header/Security"))):
            return fault("ter:NotAuthorized", "Sender not Authorized", 400)
        match word:
            case "GetSystemDateAndTime":
                return said(clock(NOON + self.ahead))
            case "GetServices" if self.old:
                return fault("ter:ActionNotSupported", "Optional Action Not Implemented", 500)
            case "GetServices":
                return said(SERVICES)
            case "GetCapabilities":
                return said(CAPABILITIES)
            case "GetProfiles":
                return said('<GetProfilesResponse><Profiles token="p1"/></GetProfilesResponse>')
        return fault("ter:InvalidArgVal", "No such profile", 400)

    def let_in(self, security: object) -> bool:
        token = getattr(security, "first", lambda _: None)("UsernameToken")
        if token is None:
            return False
        nonce = base64.b64decode(token.value("Nonce"))
        made = token.value("Created")
        proof = hashlib.sha1(nonce + made.encode() + PASSWORD.encode()).digest()
        away = abs(moment(made) - (NOON + self.ahead))
        right = token.value("Password") == base64.b64encode(proof).decode() and away <= PATIENCE
        self.tokens.append(right)
        return right


def moment(text: str) -> int:
    found = re.fullmatch(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d{3})Z", text)
    assert found is not None
    year, month, day, *rest = (int(part) for part in found.groups())
    days = (date(year, month, day) - date(1970, 1, 1)).days
    hour, minute, second, milli = rest
    return ((days * 24 + hour) * 60 + minute) * 60 * SECOND + second * SECOND + milli * 1000


def clock(wall: int) -> str:
    text = soap.created(wall)
    date, time = text[:10].split("-"), text[11:19].split(":")
    words = zip(("Year", "Month", "Day"), date, strict=True)
    times = zip(("Hour", "Minute", "Second"), time, strict=True)
    return (
        "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Time>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in times)
        + "</Time><Date>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in words)
        + "</Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>"
    )


def said(body: str) -> web.Response:
    return web.Response(body=soap.envelope(body), content_type="application/soap+xml")


def fault(code: str, reason: str, status: int) -> web.Response:
    return web.Response(
        status=status,
        body=soap.envelope(
            f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value>"
            f"</s:Subcode></s:Code><s:Reason><s:Text>{reason}</s:Text></s:Reason></s:Fault>"
        ),
    )


SERVICES = (
    "<GetServicesResponse>"
    f"<Service><Namespace>{DEVICE}</Namespace>"
    "<XAddr>http://0.0.0.0/onvif/device_service</XAddr></Service>"
    f"<Service><Namespace>{MEDIA}</Namespace><XAddr>http://169.254.1.1:81/onvif/media http://x/</XAddr>"
    "</Service></GetServicesResponse>"
)
CAPABILITIES = (
    "<GetCapabilitiesResponse><Capabilities><Media><XAddr>http://10.9.9.9/onvif/media</XAddr>"
    "</Media></Capabilities></GetCapabilitiesResponse>"
)
PROFILES = f'<GetProfiles xmlns="{MEDIA}"/>'


async def profiles(client: OnvifClient) -> list[str]:
    found = await client.call(MEDIA, PROFILES)
    return [one.attributes["token"] for one in found.all("Profiles")]


@pytest.mark.parametrize("ahead", [0, 3600 * SECOND, -86_400 * SECOND, 3 * SECOND])
async def test_the_token_carries_the_devices_own_time(ahead: int) -> None:
    camera = Camera(ahead=ahead)
    async with serving(Device()) as device:
        camera.on(device)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            for _ in range(3):
                assert await profiles(client) == ["p1"]
            assert await client.ahead() == ahead
    assert camera.tokens == [True, True, True]


async def test_what_wants_the_login_in_http_gets_it_there() -> None:
    camera = Camera(by_http=True)
    async with serving(Device()) as device:
        camera.on(device)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            assert await profiles(client) == ["p1"]
            assert await profiles(client) == ["p1"]
        assert set(device.logins) == {True}
    assert camera.tokens == []


@pytest.mark.parametrize("by_http", [True, False])
async def test_a_wrong_login_is_shown_once(by_http: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    camera = Camera(by_http=by_http)
    async with serving(Device()) as device:
        camera.on(device)
        async with open_onvif("127.0.0.1", device.port, login=WRONG, now=now) as client:
            for _ in range(3):
                with pytest.raises(AuthFailed, match="refuses the user name") as told:
                    await profiles(client)
        assert [*device.logins, *camera.tokens] == [False]
    assert "not-the-password" not in f"{told.value!r} {caplog.text}"


async def test_a_clock_that_is_set_meanwhile_is_read_again() -> None:
    camera = Camera()
    async with serving(Device()) as device:
        camera.on(device)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            assert await profiles(client) == ["p1"]
            camera.ahead = 7 * 3600 * SECOND
            assert await profiles(client) == ["p1"]
            assert await profiles(client) == ["p1"]
    assert camera.tokens == [True, False, True, True]


async def test_who_asks_for_no_login_is_shown_none() -> None:
    camera = Camera(anonymous=True)
    async with serving(Device()) as device:
        camera.on(device)
        for login in (RIGHT, None):
            async with open_onvif("127.0.0.1", device.port, login=login, now=now) as client:
                assert await profiles(client) == ["p1"]
        assert device.logins == []
    assert camera.tokens == []


async def test_without_a_login_one_is_wanted() -> None:
    camera = Camera()
    async with serving(Device()) as device:
        camera.on(device)
        async with open_onvif("127.0.0.1", device.port, login=None, now=now) as client:
            with pytest.raises(AuthFailed, match="wants a user name"):
                await profiles(client)


async def test_services_are_at_the_device_wherever_it_says_they_are() -> None:
    async with serving(Device()) as device:
        Camera().on(device)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            assert await client.services() == {DEVICE: DOOR, MEDIA: "/onvif/media"}
            with pytest.raises(Unsupported):
                await client.call(MEDIA2, "<GetProfiles/>")


async def test_an_old_device_tells_its_capabilities() -> None:
    camera = Camera(old=True)
    async with serving(Device()) as device:
        camera.on(device)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            assert await profiles(client) == ["p1"]
    assert "GetCapabilities" in camera.asked


async def test_a_request_that_is_refused_says_why() -> None:
    async with serving(Device()) as device:
        Camera().on(device)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            with pytest.raises(NotReady, match="No such profile"):
                await client.call(MEDIA, f'<GetStreamUri xmlns="{MEDIA}"/>')


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"<html>Welcome</html>", 200, NotReady),
        (b"", 200, NotReady),
        (b"not found", 404, Unsupported),
        (soap.envelope(""), 200, NotReady),
        (b"<a>" * 999, 500, NotReady),
    ],
)
async def test_what_is_no_onvif_is_said(body: bytes, status: int, error: type[Exception]) -> None:
    async with serving(Device(asks=())) as device:
        device.page(DOOR, body, status)
        async with open_onvif("127.0.0.1", device.port, login=RIGHT, now=now) as client:
            with pytest.raises(error):
                await client.call(DEVICE, f'<GetDeviceInformation xmlns="{DEVICE}"/>')


def test_the_token_of_onvifs_own_example() -> None:
    """ONVIF Application Programmer's Guide 1.0, 6.1.1.3."""
    login = Login(user="user", password=Secret("userpassword"))
    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    wall = 1_284_623_445 * SECOND
    made = hashlib.sha1(nonce + soap.created(wall).encode() + b"userpassword").digest()
    token = soap.user_token(login, wall, nonce)
    assert base64.b64encode(made).decode() in token
    example = hashlib.sha1(nonce + b"2010-09-16T07:50:45Z" + b"userpassword").digest()
    assert base64.b64encode(example) == b"tuOSpGlFlIXsozq4HFNeeGeFLEI="
    assert soap.created(wall) == "2010-09-16T07:50:45.000Z"


@given(st.text(max_size=20), st.text(max_size=20), st.binary(min_size=16, max_size=16))
def test_any_name_stands_in_a_token(user: str, password: str, nonce: bytes) -> None:
    login = Login(user=user, password=Secret(password.encode("utf-8", "replace").decode()))
    parse(soap.envelope("<x/>", soap.user_token(login, NOON, nonce)))


@given(st.binary(max_size=200))
def test_no_answer_raises_anything_else(content: bytes) -> None:
    with contextlib.suppress(soap.Fault, ElementsError):
        soap.content_of(content)
