"""Instances, devices, their lenses and cameras: stored, found again, refused with a sentence."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select, text

from nvr_core.state import cameras, devices, instances, lenses, remembered
from nvr_core.state.tables.devices import instances as instances_table
from nvr_core.state.tables.devices import remembered as remembered_table
from nvr_core.wire.errors import WireError
from tests.core.state.conftest import NOON, Noon
from tests.core.state.test_people import refused

KEY = bytes(range(32))


def opened(connection: Connection, clock: Noon, title: str = "Gate") -> str:
    """The id of a new instance that could open a device."""
    made = instances.add_instance(
        connection,
        clock,
        KEY,
        kind="vendor",
        provider="rtsp",
        title=title,
        config={"main": "rtsp://10.0.0.7/1"},
        secrets={"password": "a secret of the office"},
    )
    return made.instance


def added(connection: Connection, clock: Noon, name: str) -> devices.Device:
    instance = opened(connection, clock, name)
    return devices.add_device(connection, clock, name=name, instance=instance)


def test_a_device_its_lens_and_its_camera(connection: Connection, clock: Noon) -> None:
    instance = opened(connection, clock)
    device = devices.add_device(
        connection, clock, name=" Gate ", instance=instance, uplink=" radio "
    )
    assert (device.name, device.uplink, device.added_at) == ("Gate", "radio", NOON)
    assert devices.list_devices(connection) == [device]
    lens = devices.add_channel(connection, clock, device=device.device, key="1", name="left")
    camera = cameras.add_camera(connection, clock, name="Gang 3", channel=None)
    assert lenses.list_lenses(connection) == []
    cameras.attach_camera(connection, camera.camera, lens.channel)
    (seen,) = lenses.list_lenses(connection)
    assert (seen.camera, seen.instance, seen.key, seen.rules) == (
        camera.camera,
        instance,
        "1",
        None,
    )
    assert devices.list_channels(connection, device.device) == [lens]
    main = cameras.add_stream(connection, camera.camera, "main")
    assert cameras.add_stream(connection, camera.camera, "main") == main
    assert cameras.list_streams(connection, camera.camera) == {main: (camera.camera, "main")}
    refused("still has cameras; remove Gang 3", devices.remove_device, connection, device.device)
    refused("is needed by Gate", instances.remove_instance, connection, instance)
    cameras.remove_camera(connection, camera.camera, at=NOON)
    assert cameras.list_cameras(connection) == []
    assert lenses.list_lenses(connection) == []
    assert cameras.stream(connection, camera.camera, "main") == main
    devices.remove_device(connection, device.device)
    instances.remove_instance(connection, instance)
    assert devices.list_devices(connection) == []


def test_names_are_unique_whatever_their_case(connection: Connection, clock: Noon) -> None:
    first = added(connection, clock, "Pos Ronda")
    other_instance = opened(connection, clock, "other")
    refused(
        "name: 'pos  RONDA' is taken",
        devices.add_device,
        connection,
        clock,
        name="pos  RONDA",
        instance=other_instance,
    )
    devices.change_device(connection, first.device, name="POS Ronda", uplink="radio")
    assert devices.list_devices(connection)[0].uplink == "radio"
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
    own = opened(connection, clock)
    refused("name: '' does not do; write 1 to 80", add, connection, clock, name="", instance=own)
    refused("name: 'a.nb' does not do", add, connection, clock, name="a\nb", instance=own)
    refused("instance: 'x' is not known", add, connection, clock, name="a", instance="x")
    refused("none of office", add, connection, clock, name="a", instance=own, origin="here")
    refused("uplink: ", add, connection, clock, name="a", instance=own, uplink="x" * 61)
    device = add(connection, clock, name="a", instance=own).device
    channel = devices.add_channel
    refused("no channel's key", channel, connection, clock, device=device, key="", name="x")
    channel(connection, clock, device=device, key="1", name="x")
    refused("already", channel, connection, clock, device=device, key="1", name="y")
    camera = cameras.add_camera(connection, clock, name="c", channel=None).camera
    refused("none of main, sub", cameras.add_stream, connection, camera, "third")
    refused("camera: 'y' is not known", cameras.remove_camera, connection, "y", at=0)
    refused("channel: 'z' is not known", cameras.attach_camera, connection, camera, "z")


def test_what_a_plugin_remembers_is_sealed_and_bound_to_its_row(
    connection: Connection, clock: Noon
) -> None:
    one, two = opened(connection, clock, "one"), opened(connection, clock, "two")
    for instance in (one, two):
        remembered.remember(connection, KEY, instance, "session", f"secret of {instance}")
    remembered.remember(connection, KEY, one, "session", "another secret")
    assert remembered.recall(connection, KEY, one, "session") == "another secret"
    assert remembered.recall(connection, KEY, two, "session") == f"secret of {two}"
    assert remembered.recall(connection, KEY, one, "else") == ""
    query = select(remembered_table).order_by(remembered_table.c.instance)
    sealed = [row.sealed for row in connection.execute(query)]
    assert not any(b"secret of" in one or b"another" in one for one in sealed)
    number = select(instances_table.c.id).where(instances_table.c.instance == two)
    connection.execute(
        remembered_table.update()
        .where(remembered_table.c.instance == number.scalar_subquery())
        .values(sealed=sealed[0])
    )
    with pytest.raises(WireError, match="does not open"):
        remembered.recall(connection, KEY, two, "session")
    for place in range(63):
        remembered.remember(connection, KEY, one, f"{place}", "x")
    refused("remembers 64 texts", remembered.remember, connection, KEY, one, "y", "x")
    remembered.remember(connection, KEY, one, "0", "")
    remembered.remember(connection, KEY, one, "y", "x")
    refused("not known", remembered.remember, connection, KEY, "nobody", "y", "x")
    instances.remove_instance(connection, one)
    assert remembered.recall(connection, KEY, one, "y") == ""


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


def test_what_a_device_says_of_itself_is_kept_and_bounded(
    connection: Connection, clock: Noon
) -> None:
    device = added(connection, clock, "Gate")
    marks = frozenset({("mac", "00:11:22:aa:bb:cc"), ("serial", "A1")})
    told = devices.Told(manufacturer="Acme", model="Mk 2", firmware="1.2", marks=marks)
    devices.note(connection, device.device, told)
    (one,) = devices.list_devices(connection)
    assert (one.manufacturer, one.model, one.firmware) == ("Acme", "Mk 2", "1.2")
    assert set(devices.list_identities(connection)[device.device]) == marks
    many = frozenset(("serial", f"{place:04d}" + "x" * 500) for place in range(200))
    devices.note(
        connection, device.device, devices.Told(manufacturer="", model="", firmware="", marks=many)
    )
    kept = devices.list_identities(connection)[device.device]
    assert len(kept) == devices.MARKS
    assert {len(value) for _, value in kept} == {devices.TOLD_LENGTH}
    devices.remove_device(connection, device.device)
    assert devices.list_identities(connection) == {}
