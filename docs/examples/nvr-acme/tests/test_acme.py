"""The plugin keeps Ronda's contract against a simulated device, and what is Acme's own besides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from acme_device import BUSY_S, MAC, SERIAL, AcmeDevice, Trouble, acme_device
from nvr_acme.client import connected
from nvr_acme.config import AcmeConfig
from nvr_acme.vendor import AcmeVendor
from nvr_core.contract import (
    ConfigInvalid,
    Device,
    Identity,
    IdentityKind,
    NotReady,
    Refresh,
    Role,
    Secret,
    Unsupported,
)
from nvr_core.testing.fake_context import FakeContext
from nvr_core.testing.loops import loop_cache
from nvr_core.testing.raw_rtsp import connect
from nvr_core.testing.vendor_suite import VendorSuite

__all__ = ["loop_cache"]  # a fixture of Ronda's: where simulated cameras keep their loops

NOW = 1_795_000_000_000_000
"""µs."""


@pytest.fixture
async def camera(loop_cache: Path) -> AsyncIterator[AcmeDevice]:
    async with acme_device(loop_cache) as running:
        yield running


@pytest.fixture
def stored(camera: AcmeDevice) -> Mapping[str, Any]:
    return {
        "address": "127.0.0.1",
        "port": camera.port,
        "username": camera.user,
        "password": camera.password,
    }


@pytest.fixture
def config(stored: Mapping[str, Any]) -> AcmeConfig:
    return AcmeConfig(**stored)


@pytest.fixture
async def device(config: AcmeConfig, tmp_path: Path) -> AsyncIterator[Device]:
    async with AcmeVendor().open(config, FakeContext(tmp_path, now=NOW)) as opened:
        yield opened


class TestContract(VendorSuite):
    """Everything that Ronda expects of every brand."""

    provider_type = AcmeVendor

    @pytest.fixture
    def stored(self, stored: Mapping[str, Any]) -> Mapping[str, Any]:
        return stored

    @pytest.fixture
    def logins(self, camera: AcmeDevice) -> Callable[[], int]:
        return lambda: len(camera.logins) + len(camera.site.logins)


async def test_it_tells_who_it_is(device: Device, camera: AcmeDevice) -> None:
    assert device.info.identities == {
        Identity(kind=IdentityKind.SERIAL, value=SERIAL),
        Identity(kind=IdentityKind.MAC, value=MAC),
    }
    assert all(one.certain for one in device.info.identities)
    assert (device.info.model, device.info.firmware) == ("AC-2", "1.4")
    assert [channel.name for channel in device.info.channels] == ["gang", "pos"]
    assert not any(channel.audio for channel in device.info.channels)
    assert camera.logins == [True]


async def test_channels_come_and_go(device: Device, camera: AcmeDevice) -> None:
    camera.channels = ("pos",)
    assert [channel.id for channel in (await device.refresh()).channels] == ["2"]
    with pytest.raises(Unsupported):
        await device.stream_source("1", Role.MAIN)
    with pytest.raises(Unsupported):
        await device.snapshot("1")


async def test_an_address_serves_one_connection_and_shows_no_ticket(
    device: Device, camera: AcmeDevice
) -> None:
    source = await device.stream_source("1", Role.SUB)
    (ticket,) = source.secret_parts
    assert ticket in source.url
    assert ticket not in repr(source)
    assert source.refresh is Refresh.EACH_CONNECT
    assert source.expires_at == NOW + 20_000_000
    async with connect("127.0.0.1", camera.site.port) as client:
        assert (await client.ask("DESCRIBE", source.url)).status == 200
        assert (await client.play(source.url)).status == 200
        assert len(await client.frames(2)) == 2
        assert (await client.ask("DESCRIBE", source.url)).status == 404
    again = await device.stream_source("1", Role.SUB)
    async with connect("127.0.0.1", camera.site.port) as client:
        assert (await client.ask("DESCRIBE", again.url)).status == 200


async def test_an_address_expires(device: Device, camera: AcmeDevice) -> None:
    camera.lifetime_s = -1.0
    late = await device.stream_source("1", Role.MAIN)
    async with connect("127.0.0.1", camera.site.port) as client:
        assert (await client.ask("DESCRIBE", late.url)).status == 404


async def test_a_device_that_was_started_anew_is_opened_again_by_ronda(
    device: Device, camera: AcmeDevice
) -> None:
    camera.restart()
    with pytest.raises(NotReady) as told:
        await device.stream_source("1", Role.MAIN)
    assert told.value.code == "session-ended"
    assert camera.logins == [True], "the plugin logs in where Ronda counts it, in `open`"


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("broken", "127.0.0.1 answers, but not as an Acme device does."),
        ("other", "127.0.0.1 answers, but not as an Acme device does."),
        ("huge", "127.0.0.1 answers with more than 65536 bytes."),
        ("busy", "127.0.0.1 is busy."),
        ("mute", "127.0.0.1 does not answer."),
    ],
)
async def test_trouble_is_not_ready(
    config: AcmeConfig, camera: AcmeDevice, trouble: Trouble, sentence: str
) -> None:
    camera.trouble = trouble
    with pytest.raises(NotReady) as told:
        async with connected(config, patience=0.3 if trouble == "mute" else 5.0):
            pass
    assert str(told.value) == sentence
    assert told.value.retry_after == (BUSY_S if trouble == "busy" else None)


async def test_a_slow_device_is_waited_for(config: AcmeConfig, camera: AcmeDevice) -> None:
    camera.delay_s = 0.3
    async with connected(config):
        assert camera.logins == [True]


async def test_another_makers_device_is_told_at_the_address(
    config: AcmeConfig, camera: AcmeDevice
) -> None:
    camera.brand = "other"
    with pytest.raises(ConfigInvalid, match="no Acme device") as told:
        async with connected(config):
            pass
    assert told.value.option == "address"


@pytest.mark.parametrize("told", ["file:///etc/passwd", "http://127.0.0.1/", "rtsp://", "x" * 900])
async def test_a_device_cannot_make_a_recorder_read_a_file(
    device: Device, camera: AcmeDevice, told: str
) -> None:
    camera.names = told
    with pytest.raises(NotReady, match="names no RTSP address"):
        await device.stream_source("1", Role.MAIN)


async def test_behind_address_translation_the_host_is_the_one_that_was_given(
    device: Device, camera: AcmeDevice
) -> None:
    camera.names = "rtsp://192.168.1.10:8554/acme/t"
    source = await device.stream_source("1", Role.MAIN)
    assert source.url == "rtsp://127.0.0.1:8554/acme/t"


def test_what_stands_in_a_browser_is_taken_apart() -> None:
    tidy = AcmeConfig.tidied({"address": "http://admin:a%40b@192.0.2.7:8080/live", "audio": True})
    config = AcmeConfig(**tidy)
    assert (config.address, config.port, config.username) == ("192.0.2.7", 8080, "admin")
    assert config.password == Secret("a@b")
    with pytest.raises(ConfigInvalid, match="names no host"):
        AcmeConfig.tidied({"address": "http://:80/"})


@pytest.mark.parametrize("address", ["a b", "192.0.2.7/live", "user@host", "::zz", "", "host:80"])
def test_an_address_that_is_none_is_refused_at_its_field(address: str) -> None:
    with pytest.raises(ConfigInvalid) as told:
        AcmeConfig(address=address, username="admin").check()
    assert told.value.option == "address"


def test_a_user_name_is_needed() -> None:
    with pytest.raises(ConfigInvalid) as told:
        AcmeConfig(address="fe80::1").check()
    assert told.value.option == "username"
