"""What people set: stored, found again, and refused with a sentence when it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from nvr_core.state import (
    cameras,
    devices,
    events,
    holds,
    instances,
    logins,
    schedules,
    settings,
    volumes,
)
from nvr_core.state.columns import packed_id, unpacked_id
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import logins as logins_table
from nvr_core.wire.errors import WireError
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import Login
from tests.core.state.conftest import NOON, Noon

KEY = bytes(range(32))


def refused(match: str, call: Callable[..., object], *given: Any, **named: Any) -> None:
    with pytest.raises(Refused, match=match):
        call(*given, **named)


def test_a_device_its_lens_and_its_camera(connection: Connection, clock: Noon) -> None:
    login = logins.set_login(
        connection, clock, KEY, login_group="gate", login=Login(user="u", password="p")
    )
    device = devices.add_device(connection, clock, name=" Gate ", address="10.0.0.7", login=login)
    assert (device.name, device.login, device.added_at) == ("Gate", login, NOON)
    lens = devices.add_channel(connection, clock, device=device.device, place=1, name="left")
    camera = cameras.add_camera(connection, clock, name="Gang 3", channel=lens.channel)
    assert cameras.list_cameras(connection) == [camera]
    assert devices.list_channels(connection, device.device) == [lens]
    main = cameras.add_stream(connection, camera.camera, "main")
    assert cameras.add_stream(connection, camera.camera, "main") == main
    assert cameras.list_streams(connection, camera.camera) == {main: (camera.camera, "main")}
    refused("still has cameras; remove Gang 3", devices.remove_device, connection, device.device)
    cameras.remove_camera(connection, camera.camera, at=NOON)
    assert cameras.list_cameras(connection) == []
    assert cameras.stream(connection, camera.camera, "main") == main
    refused("is needed by Gate", logins.remove_login, connection, login)
    devices.remove_device(connection, device.device)
    logins.remove_login(connection, login)
    assert devices.list_devices(connection) == []


def test_names_are_unique_whatever_their_case(connection: Connection, clock: Noon) -> None:
    first = devices.add_device(connection, clock, name="Pos Ronda", address="a")
    refused(
        "name: 'pos  RONDA' is taken",
        devices.add_device,
        connection,
        clock,
        name="pos  RONDA",
        address="b",
    )
    devices.rename_device(connection, first.device, "POS Ronda")
    cameras.add_camera(connection, clock, name="Pos Ronda", channel=None)
    other = cameras.add_camera(connection, clock, name="Straße", channel=None)
    refused("is taken", cameras.add_camera, connection, clock, name="STRASSE", channel=None)
    refused("is taken", cameras.rename_camera, connection, other.camera, "pos ronda")
    cameras.rename_camera(connection, other.camera, "Jalan")
    cameras.remove_camera(connection, other.camera, at=NOON)
    cameras.add_camera(connection, clock, name="jalan", channel=None)
    cameras.add_camera(connection, clock, name="again", channel=None, camera=other.camera)
    refused(
        "watched already",
        cameras.add_camera,
        connection,
        clock,
        name="x",
        channel=None,
        camera=other.camera,
    )


def test_bad_input_is_refused_with_what_would_be_right(connection: Connection, clock: Noon) -> None:
    add = devices.add_device
    refused("name: '' does not do; write 1 to 80", add, connection, clock, name="", address="a")
    refused("name: 'a.nb' does not do", add, connection, clock, name="a\nb", address="a")
    refused("address: ' ' is empty", add, connection, clock, name="a", address=" ")
    refused("login: 'x' is not known", add, connection, clock, name="a", address="a", login="x")
    device = add(connection, clock, name="a", address="a").device
    channel = devices.add_channel
    refused("the first one is 1", channel, connection, clock, device=device, place=0, name="x")
    channel(connection, clock, device=device, place=1, name="x")
    refused("already", channel, connection, clock, device=device, place=1, name="y")
    camera = cameras.add_camera(connection, clock, name="c", channel=None).camera
    refused("none of main, sub", cameras.add_stream, connection, camera, "third")
    refused("camera: 'y' is not known", cameras.remove_camera, connection, "y", at=0)


def test_a_login_is_sealed_and_bound_to_its_row(connection: Connection, clock: Noon) -> None:
    login = Login(user="admin", password="a secret of the office")
    first = logins.set_login(connection, clock, KEY, login_group="one", login=login)
    other = logins.set_login(connection, clock, KEY, login_group="two", login=login)
    assert logins.set_login(connection, clock, KEY, login_group="one", login=login) == first
    assert logins.login(connection, KEY, first) == login
    assert logins.list_groups(connection) == {"one": first, "two": other}
    sealed = connection.execute(
        select(logins_table.c.sealed).where(logins_table.c.login == first)
    ).scalar_one()
    assert b"admin" not in sealed
    assert b"secret of" not in sealed
    connection.execute(
        logins_table.update().where(logins_table.c.login == other).values(sealed=sealed)
    )
    with pytest.raises(WireError, match="does not open"):
        logins.login(connection, KEY, other)
    with pytest.raises(WireError, match="does not open"):
        logins.login(connection, bytes(32), first)
    assert logins.login(connection, KEY, "nobody") is None


def test_an_instance_shows_its_settings_and_seals_its_secrets(
    connection: Connection, clock: Noon
) -> None:
    made = instances.add_instance(
        connection,
        clock,
        KEY,
        kind="sink",
        provider="telegram",
        title="Warga",
        config={"chat": 7},
        secrets={"token": "very secret"},
    )
    assert instances.list_instances(connection, "sink") == [made]
    assert instances.secrets_of(connection, KEY, made.instance) == {"token": "very secret"}
    stored = connection.execute(text("SELECT * FROM instances")).one()
    assert "very secret" not in repr(stored)
    instances.change_instance(
        connection, KEY, made.instance, title="RT", config={"chat": 8}, config_version=2
    )
    (changed,) = instances.list_instances(connection)
    assert (changed.title, changed.config, changed.config_version) == ("RT", {"chat": 8}, 2)
    assert instances.secrets_of(connection, KEY, made.instance) == {"token": "very secret"}
    instances.change_instance(connection, KEY, made.instance, secrets={})
    assert instances.secrets_of(connection, KEY, made.instance) == {}
    refused("not known", instances.secrets_of, connection, KEY, "x")
    instances.remove_instance(connection, made.instance)
    assert instances.list_instances(connection) == []


def test_a_hold_is_in_force_until_it_runs_out_or_is_released(
    connection: Connection, clock: Noon
) -> None:
    camera = cameras.add_camera(connection, clock, name="c", channel=None).camera
    said = {"camera": camera, "began": 10, "ended": 20, "reason": "surat 12", "author": "Plt."}
    first = holds.add_hold(connection, clock, **said, until=NOON + 5)  # type: ignore[arg-type] # fields of both
    second = holds.add_hold(connection, clock, **said)  # type: ignore[arg-type] # fields of both
    assert holds.in_force(connection, now=NOON) == [first, second]
    assert holds.in_force(connection, now=NOON + 5) == [second]
    holds.release(connection, second.hold, at=NOON)
    assert holds.in_force(connection, now=NOON + 5) == []
    refused("is not after began", holds.add_hold, connection, clock, **{**said, "ended": 10})
    refused("has passed", holds.add_hold, connection, clock, **said, until=3)


def test_volumes(connection: Connection, clock: Noon) -> None:
    made = volumes.add_volume(connection, clock, root="/srv/ronda/", limit_bytes=5)
    assert (made.root, made.role, made.limit_bytes, made.state) == (
        "/srv/ronda",
        "primary",
        5,
        "here",
    )
    refused("is a volume already", volumes.add_volume, connection, clock, root="/srv/ronda")
    refused("neither an absolute path", volumes.add_volume, connection, clock, root="srv")
    refused("less than nothing", volumes.add_volume, connection, clock, root="/x", limit_bytes=-1)
    volumes.change_volume(
        connection, made.volume, state="leaving", role="copy", limit_bytes=None, reserve_bytes=9
    )
    (changed,) = volumes.list_volumes(connection)
    assert (changed.state, changed.role, changed.reserve_bytes) == ("leaving", "copy", 9)
    volumes.remove_volume(connection, made.volume)
    assert volumes.list_volumes(connection) == []


def test_events_come_newest_first_in_pages(connection: Connection, clock: Noon) -> None:
    made = [
        events.Seen(
            event=new_id(clock),
            topic="motion",
            subject="cam" if place % 2 else "other",
            began=NOON + place // 3,
            ended=None,
            measured_at=NOON,
            source="a test",
            severity="notice",
            detail={"n": place},
        )
        for place in range(12)
    ]
    events.add_events(connection, made)
    found: list[events.Seen] = []
    before = None
    while page := events.list_events(
        connection, began=NOON, ended=NOON + 9, before=before, limit=5
    ):
        found += page
        before = page[-1]
    assert [one.detail["n"] for one in found] == list(range(11, -1, -1))
    own = events.list_events(connection, began=NOON, ended=NOON + 9, subject="cam", topic="motion")
    assert [one.detail["n"] for one in own] == [11, 9, 7, 5, 3, 1]
    stored = [one.number for one in reversed(found)]
    later = events.stored_after(connection, number=stored[3], since=NOON, limit=4)
    assert [one.number for one in later] == stored[4:8]
    assert not events.stored_after(connection, number=0, since=NOON + 99)
    events.end_event(connection, made[0].event, at=NOON + 99)
    assert events.list_events(connection, began=NOON, ended=NOON + 1)[-1].ended == NOON + 99
    large = {
        **{name: getattr(made[0], name) for name in made[0].__slots__},
        "detail": {"x": "y" * 5000},
    }
    refused("longer than 4096", events.add_events, connection, [events.Seen(**large)])


def test_settings_and_schedules(connection: Connection, clock: Noon) -> None:
    assert settings.setting(connection, "past", "by-request") == "by-request"
    settings.set_setting(connection, clock, key="past", value="by-right", by="admin")
    settings.set_setting(connection, clock, key="past", value=["x"], by="admin")
    assert settings.all_settings(connection) == {"past": ["x"]}
    settings.remove_setting(connection, "past")
    assert settings.setting(connection, "past") is None
    night = schedules.add_schedule(connection, clock, name="Night", rules={"a": 1})
    refused("is taken", schedules.add_schedule, connection, clock, name="NIGHT", rules={})
    schedules.change_schedule(connection, clock, night.schedule, name="night", rules={"a": 2})
    assert [one.rules for one in schedules.list_schedules(connection)] == [{"a": 2}]
    schedules.remove_schedule(connection, night.schedule)
    refused("not known", schedules.remove_schedule, connection, night.schedule)


@given(st.uuids().map(str) | st.text(st.characters(codec=None), max_size=40))
def test_any_id_comes_back(given_id: str) -> None:
    assert unpacked_id(packed_id(given_id)) == given_id


def test_a_uuid_takes_16_bytes() -> None:
    assert len(packed_id(new_id(Noon()))) == 16
    assert len(packed_id(new_id(Noon()).upper())) != 16
