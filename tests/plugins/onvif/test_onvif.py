"""The plugin keeps Ronda's contract against a simulated device of each kind that there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nvr_core.clock import SystemClock
from nvr_core.contract import (
    Announcement,
    AuthFailed,
    Certainty,
    Device,
    Identity,
    IdentityKind,
    Protocols,
    Role,
    Transport,
    Unsupported,
)
from nvr_core.simulators import CameraSpec, Site, simulate
from nvr_core.simulators.devices.onvif import OnvifDevice, OnvifSpec, onvif_device
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.raw_rtsp import connect
from nvr_core.testing.vendor_suite import VendorSuite
from nvr_plugins.onvif.config import OnvifConfig
from nvr_plugins.onvif.profiles import Profile, lenses
from nvr_plugins.onvif.vendor import OnvifVendor

LENSES = ("gang", "pos")
WAYS = {
    "token": OnvifSpec(),
    "digest": OnvifSpec(way="digest"),
    "both": OnvifSpec(way="both"),
    "clock an hour ahead": OnvifSpec(ahead_s=3600),
    "clock in 1970": OnvifSpec(ahead_s=-56 * 365 * 86_400),
    "media 1 only": OnvifSpec(media2=False),
    "without GetServices": OnvifSpec(old=True),
    "another host in its addresses": OnvifSpec(says_host="192.0.2.1"),
}


@pytest.fixture
async def site(loop_cache: Path) -> AsyncIterator[Site]:
    specs = [CameraSpec(name=name, width=320, height=180, seconds=12) for name in LENSES]
    async with simulate(specs, cache=loop_cache) as running:
        yield running


@pytest.fixture(params=WAYS)
def spec(request: pytest.FixtureRequest) -> OnvifSpec:
    return WAYS[request.param]


@pytest.fixture
async def running(site: Site, spec: OnvifSpec) -> AsyncIterator[OnvifDevice]:
    async with onvif_device(site, spec) as device:
        yield device


def settings(device: OnvifDevice) -> dict[str, Any]:
    return {
        "address": device.host,
        "port": device.port,
        "username": device.spec.user,
        "password": device.spec.password,
    }


def now() -> int:
    return SystemClock().wall()


class TestContract(VendorSuite):
    """Everything that Ronda expects of every brand, of each kind of ONVIF device."""

    provider_type = OnvifVendor

    @pytest.fixture(params=["token", "digest"])
    def spec(self, request: pytest.FixtureRequest) -> OnvifSpec:
        return WAYS[request.param]

    @pytest.fixture
    def stored(self, running: OnvifDevice) -> Mapping[str, Any]:
        return settings(running)

    @pytest.fixture
    def context(self, tmp_path: Path) -> FakeContext:
        return FakeContext(tmp_path, now=now())

    @pytest.fixture
    def logins(self, running: OnvifDevice) -> Callable[[], int]:
        return lambda: len(running.logins) + len(running.site.logins)


@pytest.fixture
async def device(running: OnvifDevice, tmp_path: Path) -> AsyncIterator[Device]:
    config = OnvifConfig(**settings(running))
    async with OnvifVendor().open(config, FakeContext(tmp_path, now=now())) as opened:
        yield opened


async def test_it_tells_who_it_is(device: Device) -> None:
    info = device.info
    assert (info.manufacturer, info.model, info.firmware) == ("Contoh", "CT-200", "1.2.3")
    assert info.identities == {
        Identity(kind=IdentityKind.SERIAL, value="CT200-0001"),
        Identity(kind=IdentityKind.MAC, value="00:1a:2b:3c:4d:5e"),
    }
    assert [one.id for one in info.channels] == ["lens-gang", "lens-pos"]
    assert all(one.roles == (Role.MAIN, Role.SUB) for one in info.channels)


async def test_its_streams_are_at_its_own_address_and_play(
    device: Device, running: OnvifDevice
) -> None:
    main = await device.stream_source("lens-pos", Role.MAIN)
    sub = await device.stream_source("lens-pos", Role.SUB)
    root = f"rtsp://127.0.0.1:{running.site.port}"
    assert (main.url, sub.url) == (f"{root}/pos", f"{root}/pos/sub")
    assert main.login is not None
    assert main.transport is Transport.TCP
    async with connect("127.0.0.1", running.site.port) as client:
        assert (await client.play(sub.url)).status == 200
        assert len(await client.frames(2)) == 2


async def test_its_snapshot_comes_from_its_own_address(device: Device) -> None:
    assert (await device.snapshot("lens-gang")).startswith(b"\xff\xd8")
    with pytest.raises(Unsupported):
        await device.snapshot("lens-nobody")


async def test_who_hides_its_network_card_still_opens(site: Site, tmp_path: Path) -> None:
    async with onvif_device(site, OnvifSpec(hides_mac=True)) as running:
        config = OnvifConfig(**settings(running))
        async with OnvifVendor().open(config, FakeContext(tmp_path, now=now())) as device:
            assert [one.kind for one in device.info.identities] == [IdentityKind.SERIAL]


async def test_who_asks_for_no_login_needs_none(site: Site, tmp_path: Path) -> None:
    async with onvif_device(site, OnvifSpec(way="none")) as running:
        config = OnvifConfig(**settings(running) | {"username": "", "password": ""})
        async with OnvifVendor().open(config, FakeContext(tmp_path, now=now())) as device:
            source = await device.stream_source("lens-gang", Role.MAIN)
    assert source.login is None
    assert running.logins == []


async def test_without_a_login_the_error_asks_for_one(site: Site, tmp_path: Path) -> None:
    async with onvif_device(site, OnvifSpec()) as running:
        config = OnvifConfig(**settings(running) | {"username": "", "password": ""})
        with pytest.raises(AuthFailed, match="wants a user name"):
            async with OnvifVendor().open(config, FakeContext(tmp_path, now=now())):
                pass
    assert running.logins == []


def heard(**more: Any) -> Announcement:
    scope = "onvif://www.onvif.org/"
    given: dict[str, Any] = {
        "protocol": Protocols.WS_DISCOVERY,
        "address": "10.0.0.7",
        "port": 8000,
        "type": "NetworkVideoTransmitter Device",
        "name": "Gang 3",
        "uuid": "5f5a69c2-e0ae-504f-829b-28572e000001",
        "scopes": (f"{scope}hardware/CT-200", f"{scope}MAC/28-57-BE-00-00-01", "http://x/"),
    }
    return Announcement(**(given | more))


def test_what_it_recognises() -> None:
    find = OnvifVendor().recognise(heard())
    assert find is not None
    assert (find.address, find.port, find.certainty) == ("10.0.0.7", 8000, Certainty.GENERIC)
    assert (find.model, find.name) == ("CT-200", "Gang 3")
    assert {one.value for one in find.identities} == {
        "28:57:be:00:00:01",
        "5f5a69c2-e0ae-504f-829b-28572e000001",
    }


@pytest.mark.parametrize(
    "announcement",
    [
        heard(type="PrintDeviceType", scopes=("http://hp.com/x",)),
        heard(type="", scopes=()),
        Announcement(protocol=Protocols.MDNS, address="10.0.0.7", port=80, type="_http._tcp"),
    ],
    ids=["printer", "nobody", "mdns"],
)
def test_what_it_does_not_recognise(announcement: Announcement) -> None:
    assert OnvifVendor().recognise(announcement) is None


def test_words_that_are_no_marks_are_left_out() -> None:
    find = OnvifVendor().recognise(
        heard(uuid="NVR-7", scopes=("onvif://www.onvif.org/MAC/none",), port=0)
    )
    assert find is not None
    assert (find.identities, find.port) == (frozenset(), 80)


def test_the_largest_and_the_smallest_picture_of_a_lens_are_its_streams() -> None:
    one = Profile(token="a", source="L", name="A", width=640, height=360, audio=False)
    found = lenses(
        [
            one,
            replace(one, token="b", width=1920, height=1080),
            replace(one, token="c", width=1280, height=720),
            replace(one, token="d", source="R"),
            replace(one, token="e", source="R"),
        ]
    )
    assert [lens.source for lens in found] == ["L", "R"]
    assert {role: own.token for role, own in found[0].by_role.items()} == {
        Role.MAIN: "b",
        Role.SUB: "a",
    }
    assert {role: own.token for role, own in found[1].by_role.items()} == {Role.MAIN: "d"}
