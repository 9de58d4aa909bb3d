"""Cameras that are written down in ronda.toml: at each start the file's word counts for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from nvr_core.clock import Clock
from nvr_core.state import cameras, devices, instances, lenses, schedules
from nvr_core.state.cameras import Camera
from nvr_core.state.devices import FILE
from nvr_core.state.errors import Refused
from nvr_core.state.instances import Instance
from nvr_core.state.lenses import Lens
from nvr_core.state.schedules import Schedule

BY = "ronda.toml"
"""Who set what the file says."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One [[camera]] as the catalogue holds it."""

    camera: str
    name: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str]
    uplink: str
    provider: str
    channel: str
    """The one channel of its device."""
    rules: Mapping[str, Any] | None
    """When the file says that it is kept, as the scheduling service stores it; None: nothing."""


def enter(connection: Connection, clock: Clock, key: bytes, entries: Iterable[Entry]) -> None:
    """Make exactly these the cameras of the file. What was recorded of one that left stays.

    Raises Refused: a name is taken by a camera that was added here.
    """
    wanted = {one.camera: one for one in entries}
    known = {one.camera: one for one in lenses.list_lenses(connection) if one.origin == FILE}
    for camera in known.keys() - wanted.keys():
        _leave(connection, clock, known[camera])
    _leave_without_lens(connection, clock, wanted)
    configured = {one.instance: one for one in instances.list_instances(connection, "vendor")}
    watched = {one.camera: one for one in cameras.list_cameras(connection)}
    ruled = schedules.list_schedules(connection)
    for camera, one in wanted.items():
        there = known.get(camera)
        try:
            if there is None:
                _come(connection, clock, key, one, watched.get(camera))
            else:
                _change(connection, key, there, configured[there.instance], one)
            _hours(connection, clock, one, ruled.get(camera))
        except Refused as refusal:
            raise Refused(
                "ronda.toml: [[camera]] name",
                one.name,
                f"cannot be taken ({refusal}); give it another name there, or remove the device "
                "that was added here with: ronda device remove",
            ) from refusal


def _leave(connection: Connection, clock: Clock, there: Lens) -> None:
    cameras.remove_camera(connection, there.camera, at=clock.wall())
    devices.remove_device(connection, there.device)
    instances.remove_instance(connection, there.instance)


def _leave_without_lens(connection: Connection, clock: Clock, wanted: Mapping[str, Entry]) -> None:
    """Cameras of before there were devices, whose name the file no longer has."""
    for one in cameras.list_cameras(connection):
        if one.channel is None and one.camera not in wanted:
            cameras.remove_camera(connection, one.camera, at=clock.wall())


def _come(
    connection: Connection, clock: Clock, key: bytes, one: Entry, there: Camera | None
) -> None:
    """there: the camera as it was watched before there were devices."""
    instance = instances.add_instance(
        connection,
        clock,
        key,
        kind="vendor",
        provider=one.provider,
        title=one.name,
        config=one.config,
        secrets=one.secrets,
    )
    device = devices.add_device(
        connection,
        clock,
        name=one.name,
        instance=instance.instance,
        uplink=one.uplink,
        origin=FILE,
    )
    channel = devices.add_channel(
        connection, clock, device=device.device, key=one.channel, name=one.name
    )
    if there is not None:
        cameras.attach_camera(connection, one.camera, channel.channel)
        if there.name != one.name:
            cameras.rename_camera(connection, one.camera, one.name)
    else:
        cameras.add_camera(
            connection, clock, name=one.name, channel=channel.channel, camera=one.camera
        )


def _change(
    connection: Connection, key: bytes, there: Lens, configured: Instance, one: Entry
) -> None:
    if there.name != one.name:
        cameras.rename_camera(connection, there.camera, one.name)
        devices.change_device(connection, there.device, name=one.name)
        instances.change_instance(connection, key, there.instance, title=one.name)
    if there.uplink != one.uplink:
        devices.change_device(connection, there.device, uplink=one.uplink)
    if dict(configured.config) != dict(one.config):
        instances.change_instance(connection, key, there.instance, config=one.config)
    # Always sealed anew: a key that was replaced must not leave a login that nobody can open.
    instances.change_instance(connection, key, there.instance, secrets=one.secrets)


def _hours(connection: Connection, clock: Clock, one: Entry, there: Schedule | None) -> None:
    by_file = there is not None and there.changed_by == BY
    if one.rules is not None and not by_file:
        schedules.set_schedule(connection, clock, one.camera, rules=one.rules, by=BY)
    elif one.rules is None and by_file:
        schedules.remove_schedule(connection, one.camera)
