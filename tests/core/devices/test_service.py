"""Devices held open by a plugin, and where their streams are, over restarts and refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nvr_core.clock import SECOND
from nvr_core.devices import changing, service
from nvr_core.devices.changing import NotAdded
from nvr_core.devices.service import Devices
from nvr_core.state import cameras, instances
from nvr_core.state.devices import Device
from nvr_core.state.errors import Refused
from tests.core.devices.conftest import Office


@pytest.fixture
def paper(tmp_path: Path) -> Callable[..., Path]:
    """Writes what a device says of itself."""

    def write(name: str = "gate", **said: Any) -> Path:
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({"channels": {"1": "left", "2": "right"}, **said}))
        return file

    return write


async def until(devices: Devices, right: Callable[[], object]) -> None:
    heard = asyncio.Event()
    undo = devices.subscribe(heard.set)
    async with asyncio.timeout(15):
        while not right():
            heard.clear()
            await heard.wait()
    undo()


async def added(devices: Devices, file: Path, name: str = "Gerbang", **more: Any) -> Device:
    said = {"file": str(file), "password": "rahasia"}
    return await changing.add_device(devices, provider="paper", name=name, said=said, **more)


def urls(devices: Devices) -> dict[str, str]:
    return {
        one.name: one.streams["main"].url for one in devices.watched() if one.streams is not None
    }


async def test_a_device_is_opened_stored_watched_and_asked_for_its_streams(
    office: Office, paper: Callable[..., Path]
) -> None:
    async with office() as devices, devices.running():
        await added(devices, paper(), uplink="radio")
        await until(devices, lambda: len(urls(devices)) == 2)
        left, right = devices.watched()
        assert (left.name, right.name) == ("Gerbang left", "Gerbang right")
        assert left.streams is not None
        assert set(left.streams) == {"main", "sub"}
        source = left.streams["main"]
        assert source.login is not None
        assert (source.url, source.login.password) == ("rtsp://127.0.0.1:9/1/main/0", "rahasia")
        assert left.uplink == "radio"
    async with office() as devices:
        assert not devices.watched()
        async with devices.running():
            assert [one.streams for one in devices.watched()] == [None, None]
            await until(devices, lambda: len(urls(devices)) == 2)


async def test_nothing_is_stored_of_what_does_not_open(
    office: Office, paper: Callable[..., Path], tmp_path: Path
) -> None:
    async with office() as devices, devices.running():
        for said, sentence in (
            ({"file": str(tmp_path / "nowhere")}, "is not there; nothing was stored.*--unchecked"),
            ({"file": str(paper("two", password="other"))}, "The password is refused"),
            ({}, "file: It is missing"),
            ({"file": str(paper("three", channels={}))}, "no channel that could be watched"),
        ):
            with pytest.raises(NotAdded, match=sentence):
                await changing.add_device(devices, provider="paper", name="a", said=said)
        unknown = "there is no vendor 'papper'; vendors that can be used: .*paper, rtsp"
        with pytest.raises(NotAdded, match=unknown):
            await changing.add_device(devices, provider="papper", name="a", said={})
        assert await devices.state.read(instances.list_instances) == []


async def test_a_device_that_is_not_there_yet_gets_its_cameras_when_it_comes(
    office: Office, paper: Callable[..., Path], tmp_path: Path
) -> None:
    async with office() as devices, devices.running():
        device = await added(devices, tmp_path / "gate.json", unchecked=True)
        assert not devices.watched()
        report = devices.report(device.instance)
        assert report is not None
        paper()
        devices.supervisor.retry(device.instance)
        await until(devices, lambda: len(urls(devices)) == 2)
        assert {one.name for one in devices.watched()} == {"Gerbang left", "Gerbang right"}


async def test_a_source_that_expires_is_asked_for_before_it_does(
    office: Office, paper: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ROUND", 0.05)
    async with office() as devices, devices.running():
        now = devices.clock.wall()
        await added(devices, paper(turns=True, expires_at=now + 8 * SECOND))
        await until(devices, lambda: len(urls(devices)) == 2)
        first = urls(devices)
        paper(turns=True, expires_at=now + 3600 * SECOND)
        await until(devices, lambda: all(urls(devices)[one] != first[one] for one in first))
        assert devices.clock.wall() < now + 8 * SECOND


async def test_a_recorder_that_needs_another_source_gets_one(
    office: Office, paper: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "OFTEN", 0)
    async with office() as devices, devices.running():
        await added(devices, paper(turns=True, refresh="each_connect"))
        await until(devices, lambda: len(urls(devices)) == 2)
        first = urls(devices)
        devices.needed(devices.watched()[0].camera)
        await until(devices, lambda: all(urls(devices)[one] != first[one] for one in first))
        devices.needed("nobody")


async def test_a_device_that_fails_later_keeps_its_streams_where_they_were(
    office: Office, paper: Callable[..., Path], tmp_path: Path
) -> None:
    async with office() as devices, devices.running():
        device = await added(devices, paper())
        await until(devices, lambda: len(urls(devices)) == 2)
        (tmp_path / "gate.json").unlink()
        devices.needed(devices.watched()[0].camera)
        async with asyncio.timeout(15):
            while (report := devices.report(device.instance)) and report.state == "live":  # noqa: ASYNC110 -- nothing tells of it here
                await asyncio.sleep(0.05)
        assert len(urls(devices)) == 2


async def test_cameras_are_added_named_and_removed_one_by_one(
    office: Office, paper: Callable[..., Path]
) -> None:
    async with office() as devices, devices.running():
        device = await added(devices, paper())
        known = {one.name: one for one in await devices.state.read(cameras.list_cameras)}
        left = known["Gerbang left"]
        await changing.remove_camera(devices, left)
        assert [one.name for one in devices.watched()] == ["Gerbang right"]
        with pytest.raises(Refused, match="watched already, as Gerbang right"):
            await changing.add_camera(devices, device, key="2", name="x")
        with pytest.raises(Refused, match="is none of Gerbang; there are: 1, 2"):
            await changing.add_camera(devices, device, key="3", name="x")
        again = await changing.add_camera(devices, device, key="1", name="Kiri")
        await changing.rename_camera(devices, again, "Kiri Luar")
        await until(devices, lambda: "Kiri Luar" in urls(devices))
        with pytest.raises(Refused, match="still shows Gerbang right, Kiri Luar"):
            await changing.remove_device(devices, device, with_cameras=False)
        gone = await changing.remove_device(devices, device, with_cameras=True)
        assert sorted(gone) == ["Gerbang right", "Kiri Luar"]
        assert not devices.watched()
        assert devices.report(device.instance) is None


async def test_a_login_that_cannot_be_read_opens_nothing(
    office: Office, paper: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office() as devices, devices.running():
        device = await added(devices, paper())
    (tmp_path / "data" / "secret.key").unlink()
    async with office() as devices, devices.running():
        assert len(devices.watched()) == 2, "they stay, and are recorded as before"
        assert devices.report(device.instance) is None
    assert "the login of Gerbang cannot be read" in caplog.text


async def test_a_changed_password_is_tried_then_stored_and_cameras_stay(
    office: Office, paper: Callable[..., Path]
) -> None:
    async with office() as devices, devices.running():
        device = await added(devices, paper(password="rahasia"))
        await until(devices, lambda: len(urls(devices)) == 2)
        before = [one.camera for one in devices.watched()]
        with pytest.raises(NotAdded, match="The password is refused"):
            await changing.change_device(devices, device, said={"password": "typo"})
        paper(password="baru")
        after = await changing.change_device(
            devices, device, said={"password": "baru"}, name="Gerbang Utara", uplink="radio"
        )
        assert (after.name, after.uplink, after.device) == ("Gerbang Utara", "radio", device.device)

        def logins() -> set[str]:
            return {
                source.login.password
                for one in devices.watched()
                for source in (one.streams or {}).values()
                if source.login is not None
            }

        await until(devices, lambda: logins() == {"baru"})
        assert [one.camera for one in devices.watched()] == before
        assert {one.uplink for one in devices.watched()} == {"radio"}
        unchecked = await changing.change_device(
            devices, after, said={"password": "later"}, unchecked=True
        )
        await devices.settled(unchecked.instance, 5)
        report = devices.report(unchecked.instance)
        assert report is not None
        assert report.state == "needs-login"
