"""A search over loopback finds simulated devices, names them, and shows nobody a login."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any, ClassVar

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from nvr_core.clock import SystemClock
from nvr_core.contract import (
    Announcement,
    Certainty,
    Config,
    Find,
    Search,
    Text,
    Vendor,
)
from nvr_core.discovery.networks import parse
from nvr_core.discovery.service import Discovery, Progress
from nvr_core.host.finding import Loading
from nvr_core.host.kinds import Kind
from nvr_core.host.loader import load
from nvr_core.host.plugin import Origin, Plugin, PluginState, Provided
from nvr_core.host.registry import Registry
from nvr_core.simulators import CameraSpec, Site, simulate
from nvr_core.simulators.devices.onvif import OnvifDevice, OnvifSpec, onvif_device
from tests.core.discovery import streets

CAMERA = CameraSpec(name="gang", width=320, height=180, seconds=12)
LOOPBACK = IPv4Interface("127.0.0.1/8")
STREET = streets.street(1)
NETWORK = f"{STREET}.0/29"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    streets.quick(monkeypatch)


@pytest.fixture
async def site(loop_cache: Path) -> AsyncIterator[Site]:
    async with simulate([CAMERA], cache=loop_cache) as running:
        yield running


@asynccontextmanager
async def street(site: Site, *specs: OnvifSpec, found: bool) -> AsyncIterator[list[OnvifDevice]]:
    """Devices at .1 of the street and on, each at an ONVIF port of its own address."""
    ports = (8899, 2020, 8000)
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                onvif_device(site, spec, host=f"{STREET}.{last}", port=ports[last % 3], found=found)
            )
            for last, spec in enumerate(specs, 1)
        ]


async def result(discovery: Discovery, *networks: str, loopback: bool = False) -> Progress:
    found = None
    async for found in discovery.search(
        [parse(one) for one in networks], [LOOPBACK] if loopback else []
    ):
        assert found.done <= found.total
    assert found is not None
    return found


@pytest.fixture
def discovery() -> Discovery:
    return Discovery(load(Loading()), SystemClock())


SPECS = (
    OnvifSpec(serial="A1", mac="28:57:be:00:00:01", model="CT-1", name="Gang 1"),
    OnvifSpec(serial="A2", mac="28:57:be:00:00:02", way="digest", says_host="0.0.0.0"),
    OnvifSpec(serial="A3", mac="00:00:00:00:00:00", old=True, ahead_s=-3600),
)


async def test_whoever_answers_is_found_at_its_own_address(
    site: Site, discovery: Discovery
) -> None:
    async with street(site, *SPECS, found=True) as devices:
        told = await result(discovery, NETWORK)
        assert [(one.address, one.best.find.port) for one in told.met] == [
            (device.host, device.port) for device in devices
        ]
        first = told.met[0]
        assert (first.word("model"), first.word("name")) == ("CT-1", "Gang 1")
        assert "28:57:be:00:00:01" in {one.value for one in first.identities}
        assert all(one.best.vendor == "onvif" for one in told.met)
        assert (told.done, told.total) == (6, 6)
        assert not any(device.logins for device in devices)
        assert site.logins == ()


async def test_who_answers_no_question_is_found_at_its_door(
    site: Site, discovery: Discovery
) -> None:
    async with street(site, *SPECS, found=False) as devices:
        told = await result(discovery, NETWORK)
        assert [(one.address, one.best.find.port) for one in told.met] == [
            (device.host, device.port) for device in devices
        ]
        assert not any(device.logins for device in devices)


async def test_everybody_in_the_network_is_asked_at_once(site: Site, discovery: Discovery) -> None:
    async with street(site, *SPECS, found=True) as devices:
        told = await result(discovery, loopback=True)
        # Devices of other tests answer too, some with the same marks.
        addresses = {way.find.address for one in told.met for way in one.ways}
        assert {device.host for device in devices} <= addresses
        assert all(device.probes for device in devices)
        assert not any(device.logins for device in devices)


async def test_an_open_door_is_no_camera(discovery: Discovery) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>Hi</html>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, f"{STREET}.1", 8899)
    async with server:
        told = await result(discovery, NETWORK)
    assert told.met == ()


class Odd(Vendor[Config]):
    """Does everything wrong that a vendor can."""

    name = "odd"
    title = Text("Odd")
    config_type = Config
    ports: ClassVar[tuple[int, ...]] = (2020,)
    probed: ClassVar[list[str]] = []

    def open(self, config: Config, context: Any) -> Any:
        raise NotImplementedError

    def recognise(self, announcement: Announcement) -> Find | None:
        raise KeyError(announcement.name)

    async def scan(self, search: Search) -> None:
        search.found(Find(address=f"{STREET}.6", port=1, certainty=Certainty.EXACT))
        raise SystemExit(3)

    async def probe(self, address: str, port: int, search: Search) -> Find | None:
        self.probed.append(address)
        await asyncio.sleep(60)
        return None


async def test_a_vendor_that_fails_costs_only_its_own_finds(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    odd = Provided(kind=Kind.VENDOR, name="odd", provider=Odd(), plugin="odd")
    plugin = Plugin(name="odd", origin=Origin(), state=PluginState.LOADED, provides=(odd,))
    registry = Registry([*load(Loading()).plugins, plugin])
    async with street(site, SPECS[0], found=True):
        told = await result(Discovery(registry, SystemClock()), NETWORK)
    assert [(one.address, one.best.vendor) for one in told.met] == [
        (f"{STREET}.1", "onvif"),
        (f"{STREET}.6", "odd"),
    ]
    assert Odd.probed == [f"{STREET}.1"]
    assert sum("the vendor odd failed" in one.message for one in caplog.records) == 1


class Announced(Odd):
    """Recognises what is announced by mDNS."""

    name = "announced"
    mdns_types = ("_ronda-test._tcp",)
    ports = ()

    def recognise(self, announcement: Announcement) -> Find | None:
        if announcement.type not in self.mdns_types:
            return None
        return Find(
            address=announcement.address,
            port=announcement.port,
            certainty=Certainty.EXACT,
            name=announcement.name,
            model=announcement.details.get("model", ""),
        )

    async def scan(self, search: Search) -> None:
        search.found("a camera")  # type: ignore[arg-type] # that is what is wrong


async def test_what_is_announced_by_mdns_is_found(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nvr_core.discovery.service.SCAN", 4.0)  # it asks again after a second
    own = Provided(kind=Kind.VENDOR, name="announced", provider=Announced(), plugin="announced")
    plugin = Plugin(name="announced", origin=Origin(), state=PluginState.LOADED, provides=(own,))
    info = AsyncServiceInfo(
        "_ronda-test._tcp.local.",
        "Kamera Gang._ronda-test._tcp.local.",
        addresses=[socket.inet_aton(f"{STREET}.9")],
        port=8080,
        properties={"model": "CT-9"},
    )
    zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
    try:
        await zeroconf.async_register_service(info)
        told = await result(Discovery(Registry([plugin]), SystemClock()), loopback=True)
    finally:
        await zeroconf.async_close()
    (one,) = told.met
    assert (one.address, one.best.find.port) == (f"{STREET}.9", 8080)
    assert (one.word("name"), one.word("model")) == ("Kamera Gang", "CT-9")
    assert "what is found is a Find, not str" in caplog.text


async def test_a_search_that_nobody_waits_for_leaves_nothing(discovery: Discovery) -> None:
    before = asyncio.all_tasks()
    searching = discovery.search([parse(f"{streets.street(2)}.0/24")], [])
    await anext(searching)
    await searching.aclose()
    assert asyncio.all_tasks() == before
