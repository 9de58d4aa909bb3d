"""The plugin keeps Ronda's contract against simulated cameras and recorders, and SADP is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SystemClock
from nvr_core.contract import Certainty, Device, Identity, IdentityKind, NotReady, Role, Unsupported
from nvr_core.discovery.networks import parse
from nvr_core.discovery.service import Discovery, Progress
from nvr_core.host.finding import Loading
from nvr_core.host.loader import load
from nvr_core.kit.elements import escaped
from nvr_core.kit.elements import parse as read
from nvr_core.kit.session import open_session
from nvr_core.simulators import CameraSpec, Site, simulate
from nvr_core.simulators.devices.hikvision import (
    NAMESPACES,
    HikvisionDevice,
    HikvisionSpec,
    hikvision_device,
)
from nvr_core.simulators.devices.onvif import OnvifSpec, onvif_device
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.raw_rtsp import connect
from nvr_core.testing.vendor_suite import VendorSuite
from nvr_plugins.hikvision import channels, sadp
from nvr_plugins.hikvision.config import HikvisionConfig
from nvr_plugins.hikvision.vendor import HikvisionVendor
from tests.core.discovery import streets
from tests.core.kit.device import Device as WebServer
from tests.core.kit.device import serving

LENSES = ("gang", "pos")
STREET = streets.street(3)
KINDS = {
    "camera": HikvisionSpec(),
    "recorder": HikvisionSpec(recorder=True, proxies_pictures=True),
    **{name: HikvisionSpec(namespace=name) for name in NAMESPACES[1:]},
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    streets.quick(monkeypatch)


@pytest.fixture
async def site(loop_cache: Path) -> AsyncIterator[Site]:
    specs = [CameraSpec(name=name, width=320, height=180, seconds=12) for name in LENSES]
    async with simulate(specs, cache=loop_cache) as running:
        yield running


@pytest.fixture(params=KINDS)
async def running(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[HikvisionDevice]:
    async with hikvision_device(site, KINDS[request.param]) as device:
        yield device


def settings(device: HikvisionDevice) -> dict[str, Any]:
    return {
        "address": device.host,
        "port": device.port,
        "rtsp_port": device.site.port,
        "username": device.spec.user,
        "password": device.spec.password,
    }


class TestContract(VendorSuite):
    """Everything that Ronda expects of every brand, of each kind of device."""

    provider_type = HikvisionVendor

    @pytest.fixture(params=["camera", "recorder"])
    async def running(
        self, site: Site, request: pytest.FixtureRequest
    ) -> AsyncIterator[HikvisionDevice]:
        async with hikvision_device(site, KINDS[request.param]) as device:
            yield device

    @pytest.fixture
    def stored(self, running: HikvisionDevice) -> Mapping[str, Any]:
        return settings(running)

    @pytest.fixture
    def logins(self, running: HikvisionDevice) -> Callable[[], int]:
        return lambda: len(running.logins) + len(running.site.logins)


@pytest.fixture
async def device(running: HikvisionDevice, tmp_path: Path) -> AsyncIterator[Device]:
    config = HikvisionConfig(**settings(running))
    async with HikvisionVendor().open(config, FakeContext(tmp_path)) as opened:
        yield opened


async def test_it_tells_who_it_is(device: Device, running: HikvisionDevice) -> None:
    info = device.info
    assert (info.manufacturer, info.model) == ("Hikvision", "DS-2CD2143G0-I")
    assert info.identities == {
        Identity(kind=IdentityKind.SERIAL, value=running.spec.serial),
        Identity(kind=IdentityKind.MAC, value="28:57:be:00:00:01"),
    }
    assert [(one.id, one.name) for one in info.channels] == [("1", "gang"), ("2", "pos")]
    assert all(one.roles == (Role.MAIN, Role.SUB) for one in info.channels)
    assert set(running.logins) == {True}


async def test_its_streams_play(device: Device, running: HikvisionDevice) -> None:
    source = await device.stream_source("2", Role.SUB)
    assert source.url == f"rtsp://127.0.0.1:{running.site.port}/Streaming/Channels/202"
    async with connect("127.0.0.1", running.site.port) as client:
        assert (await client.play(source.url)).status == 200
        assert len(await client.frames(2)) == 2


async def test_its_snapshots_are_found_wherever_it_keeps_them(device: Device) -> None:
    for channel in ("1", "2"):
        assert (await device.snapshot(channel)).startswith(b"\xff\xd8")
    with pytest.raises(Unsupported):
        await device.snapshot("3")


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b"", b"<DeviceInfo>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"]
)
async def test_what_is_no_hikvision_is_said(body: bytes, tmp_path: Path) -> None:
    async with serving(WebServer(asks=())) as server:
        server.page("/ISAPI/System/deviceInfo", body)
        config = HikvisionConfig(address="127.0.0.1", port=server.port, username="admin")
        with pytest.raises(NotReady, match="does not answer as Hikvision's devices do"):
            async with HikvisionVendor().open(config, FakeContext(tmp_path)):
                pass


async def search(network: str) -> Progress:
    discovery = Discovery(load(Loading()), SystemClock())
    return [told async for told in discovery.search([parse(network)], [])][-1]


async def test_it_is_found_by_sadp_and_no_login_is_shown(site: Site) -> None:
    async with hikvision_device(
        site, HikvisionSpec(), host=f"{STREET}.1", port=8085, found=True
    ) as device:
        (one,) = (await search(f"{STREET}.0/29")).met
        find = one.best.find
        assert (one.best.vendor, find.certainty) == ("hikvision", Certainty.EXACT)
        assert (find.address, find.port, find.model) == (f"{STREET}.1", 8085, "DS-2CD2143G0-I")
        assert find.refusal is None
        assert device.probes
        assert device.logins == []


async def test_a_device_without_a_password_is_found_and_refused(site: Site) -> None:
    async with hikvision_device(
        site, HikvisionSpec(activated=False), host=f"{STREET}.9", port=8085, found=True
    ):
        (one,) = (await search(f"{STREET}.8/29")).met
    assert "no password yet" in str(one.best.find.refusal)


async def test_it_is_found_at_its_door_and_others_are_not(site: Site, loop_cache: Path) -> None:
    async with (
        simulate(
            [CameraSpec(name="pos", width=320, height=180, seconds=12)], cache=loop_cache
        ) as other,
        hikvision_device(site, HikvisionSpec(), host=f"{STREET}.17", port=8080) as device,
        onvif_device(other, OnvifSpec(way="digest"), host=f"{STREET}.18", port=8899) as onvif,
    ):
        met = {one.address: one.best for one in (await search(f"{STREET}.16/29")).met}
        assert {address: one.vendor for address, one in met.items()} == {
            f"{STREET}.17": "hikvision",
            f"{STREET}.18": "onvif",
        }
        assert met[f"{STREET}.17"].find.certainty is Certainty.GENERIC
        assert device.logins == onvif.logins == []


async def test_a_server_that_wants_a_login_everywhere_is_anybodys() -> None:
    async with serving(WebServer()) as server:
        async with open_session("127.0.0.1", server.port) as session:
            answer = await session.ask("GET", "/ISAPI/System/deviceInfo", shows_login=False)
            assert answer.status == 401
        found = await HikvisionVendor().probe("127.0.0.1", server.port, None)  # type: ignore[arg-type] # it asks nothing of it
    assert found is None


MATCH = """<?xml version="1.0" encoding="UTF-8"?><ProbeMatch><Uuid>X</Uuid><Types>inquiry</Types>
<DeviceDescription>DS-7616NI-E2</DeviceDescription><DeviceSN>DS-7616NI-E20001</DeviceSN>
<HttpPort>{}</HttpPort><MAC>28-57-be-00-00-01</MAC><IPv4Address>0.0.0.0</IPv4Address>
<SoftwareVersion>V3.4.106</SoftwareVersion><Activated>true</Activated></ProbeMatch>"""


def test_the_sender_counts_and_not_what_it_says_of_its_address() -> None:
    find = sadp.find(MATCH.format(8000).encode(), "10.0.0.7")
    assert find is not None
    assert (find.address, find.port, find.firmware) == ("10.0.0.7", 8000, "V3.4.106")
    for port in ("", "0", "99999", "x"):
        other = sadp.find(MATCH.format(port).encode(), "10.0.0.7")
        assert other is not None
        assert other.port == 80


def test_a_question_is_no_answer() -> None:
    for kind in sadp.KINDS:
        assert sadp.find(sadp.question(kind), "10.0.0.7") is None


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything(datagram: bytes) -> None:
    sadp.find(datagram, "10.0.0.7")


@given(st.text("0123456789", max_size=8), st.text(max_size=8), st.booleans())
def test_no_numbers_raise_anything(number: str, name: str, on: bool) -> None:
    root = read(
        "<L>{0}{0}</L>".format(
            f"<StreamingChannel><id>{number}</id><channelName>{escaped(name)}</channelName>"
            f"<enabled>{str(on).lower()}</enabled></StreamingChannel>"
        ).encode()
    )
    for channel in channels.of_camera(root, audio=True):
        assert channel.roles
