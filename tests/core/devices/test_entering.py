"""Cameras of ronda.toml in the catalogue: they come, change, leave, and keep their footage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from nvr_core import settings
from nvr_core.clock import SystemClock
from nvr_core.devices.entering import NEVER, entry
from nvr_core.devices.ids import ids_of
from nvr_core.state import cameras, devices, instances, lenses, schedules
from nvr_core.state.catalogue import State
from nvr_core.state.errors import Refused
from nvr_core.state.filed import enter
from nvr_core.state.lenses import Lens
from nvr_core.state.opening import opened

KEY = bytes(range(32))
CLOCK = SystemClock()
MAWAR = """
[[camera]]
name = "Gang Mawar"
main = "rtsp://10.0.0.7/1"
user = "admin"
password = "rahasia"
"""
POS = """
[[camera]]
name = "Pos Ronda"
main = "rtsp://10.0.0.8/1"
sub = "rtsp://10.0.0.8/2"
keep = false
uplink = "radio"
"""


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    async with opened(tmp_path / "data", CLOCK, pause=0) as state:
        yield state


async def entered(state: State, folder: Path, toml: str) -> Sequence[Lens]:
    chosen = settings.parse(toml, folder / "ronda.toml")
    ids = ids_of([one.name for one in chosen.camera], folder / "cameras.json", CLOCK)
    entries = [entry(one, ids[one.name]) for one in chosen.camera]
    await state.write(partial(enter, clock=CLOCK, key=KEY, entries=entries), now=True)
    return await state.read(lenses.list_lenses)


async def test_they_stand_as_devices_of_their_own(state: State, tmp_path: Path) -> None:
    mawar, pos = await entered(state, tmp_path, MAWAR + POS)
    assert (mawar.name, mawar.device_name, mawar.origin, mawar.rules) == (
        "Gang Mawar",
        "Gang Mawar",
        "file",
        None,
    )
    assert (pos.uplink, pos.rules, pos.ruled_by) == ("radio", NEVER, "ronda.toml")
    (one, two) = await state.read(instances.list_instances)
    assert (one.provider, one.config["username"]) == ("rtsp", "admin")
    assert "rahasia" not in repr(one)
    opened_ = partial(instances.secrets_of, key=KEY, instance=one.instance)
    assert await state.read(opened_) == {"password": "rahasia"}
    assert two.config["sub"] == "rtsp://10.0.0.8/2"


async def test_the_file_has_the_last_word(state: State, tmp_path: Path) -> None:
    (before,) = await entered(state, tmp_path, MAWAR)
    changed = MAWAR.replace("10.0.0.7/1", "10.0.0.9/1").replace("rahasia", "baru")
    (after,) = await entered(state, tmp_path, changed + 'uplink = "radio"\nkeep = false\n')
    assert (after.camera, after.device, after.instance) == (
        before.camera,
        before.device,
        before.instance,
    )
    assert (after.uplink, after.rules) == ("radio", NEVER)
    (one,) = await state.read(instances.list_instances)
    assert one.config["main"] == "rtsp://10.0.0.9/1"
    secrets = partial(instances.secrets_of, key=KEY, instance=one.instance)
    assert await state.read(secrets) == {"password": "baru"}
    (again,) = await entered(state, tmp_path, MAWAR)
    assert again.rules is None, "keep = false is taken back with its line"


async def test_hours_that_a_person_set_stay(state: State, tmp_path: Path) -> None:
    (mawar,) = await entered(state, tmp_path, MAWAR)
    night = partial(
        schedules.set_schedule,
        clock=CLOCK,
        camera=mawar.camera,
        rules={"version": 1, "keep": "never"},
        by="local:0",
    )
    await state.write(night, now=True)
    (after,) = await entered(state, tmp_path, MAWAR)
    assert after.ruled_by == "local:0"


async def test_who_leaves_the_file_is_watched_no_more_and_finds_its_place_again(
    state: State, tmp_path: Path
) -> None:
    mawar, pos = await entered(state, tmp_path, MAWAR + POS)
    assert [one.name for one in await entered(state, tmp_path, POS)] == ["Pos Ronda"]
    known = await state.read(partial(cameras.list_cameras, removed=True))
    assert {one.camera for one in known} == {mawar.camera, pos.camera}
    back = await entered(state, tmp_path, MAWAR + POS)
    assert {one.name: one.camera for one in back}["Gang Mawar"] == mawar.camera


async def test_cameras_of_before_there_were_devices_get_one(state: State, tmp_path: Path) -> None:
    (camera,) = ids_of(["Gang Mawar"], tmp_path / "cameras.json", CLOCK).values()
    for name, one in (("Gang Mawar", camera), ("Lama", "")):
        added = partial(cameras.add_camera, clock=CLOCK, name=name, channel=None, camera=one)
        await state.write(added, now=True)
    (mawar,) = await entered(state, tmp_path, MAWAR)
    assert mawar.camera == camera
    assert [one.name for one in await state.read(cameras.list_cameras)] == ["Gang Mawar"]


async def test_a_name_that_was_taken_here_is_refused_with_what_to_do(
    state: State, tmp_path: Path
) -> None:
    def own(connection: Connection) -> None:
        made = instances.add_instance(
            connection,
            CLOCK,
            KEY,
            kind="vendor",
            provider="rtsp",
            title="Gerbang",
            config={},
            secrets={},
        )
        device = devices.add_device(connection, CLOCK, name="Gerbang", instance=made.instance)
        lens = devices.add_channel(connection, CLOCK, device=device.device, key="1", name="1")
        cameras.add_camera(connection, CLOCK, name="GANG mawar", channel=lens.channel)

    await state.write(own, now=True)
    with pytest.raises(Refused, match=r"'Gang Mawar' cannot be taken .*another name there"):
        await entered(state, tmp_path, MAWAR + POS)
    assert [one.name for one in await state.read(lenses.list_lenses)] == ["GANG mawar"]
    assert len(await entered(state, tmp_path, POS)) == 2
