"""A search tells how far it is, and then each device, with the name under which it was added."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nvr_core.admin import answers, questions
from nvr_core.admin.office import Office
from nvr_core.discovery import interfaces
from nvr_core.discovery.networks import NetworkRefused
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.devices.onvif import OnvifDevice, OnvifSpec, onvif_device
from tests.core.admin.filled import said
from tests.core.discovery import streets

STREET = streets.street(4)
CAMERA = CameraSpec(name="gang", width=320, height=180, seconds=12)
PLACES = ((f"{STREET}.1", OnvifSpec(name="Gang 1")), (f"{STREET}.2", OnvifSpec(serial="B", mac="")))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    streets.quick(monkeypatch)


@pytest.fixture
async def street(loop_cache: Path) -> AsyncIterator[list[OnvifDevice]]:
    async with simulate([CAMERA], cache=loop_cache) as site:
        (first, spec), (second, other) = PLACES
        async with (
            onvif_device(site, spec, host=first, port=8899, found=True) as one,
            onvif_device(site, other, host=second, port=2020, found=True) as two,
        ):
            yield [one, two]


def added(device: OnvifDevice, name: str) -> questions.DeviceAdded:
    spec = device.spec
    return questions.DeviceAdded(
        provider="onvif",
        device=name,
        options={
            "address": device.host,
            "port": str(device.port),
            "username": spec.user,
            "password": spec.password,
        },
    )


async def test_what_is_found_and_what_of_it_is_ours(
    office: Office, street: list[OnvifDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interfaces, "own", list)  # tests leave by loopback only
    one, two = street
    office.clock.now = one.site.clock.now()  # type: ignore[attr-defined] # it stands until moved
    async with office.devices.running():
        await said(office, added(one, "Gerbang"))
        async with asyncio.timeout(10):
            # The device is asked where its streams are, by itself and a moment later.
            while any(one.streams is None for one in office.devices.watched()):  # noqa: ASYNC110 -- see above
                await asyncio.sleep(0.01)
        shown = list(one.logins)
        lines = await said(office, questions.Search(networks=(f"{STREET}.0/29",)))
    progress = [line for line in lines if isinstance(line, answers.Progress)]
    found = [line for line in lines if isinstance(line, answers.Found)]
    assert progress[-1].done == progress[-1].of == 6
    assert lines[-len(found) :] == found
    assert [(line.address, line.port, line.added) for line in found] == [
        (f"{STREET}.1", 8899, "Gerbang"),
        (f"{STREET}.2", 2020, ""),
    ]
    assert (found[0].vendor, found[0].certainty, found[0].name) == ("onvif", "generic", "Gang 1")
    assert ("mac", "00:1a:2b:3c:4d:5e") in found[0].identities
    assert (one.logins, two.logins) == (shown, []), "a login was shown to find them"


@pytest.mark.parametrize("network", ["8.8.8.0/24", "kamera", "10.0.0.0/8"])
async def test_other_networks_are_refused(office: Office, network: str) -> None:
    with pytest.raises(NetworkRefused, match=r"^network: "):
        await said(office, questions.Search(networks=(network,)))
