"""Devices with their instances, channels and cameras: added and removed as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from nvr_core.clock import Clock
from nvr_core.state import cameras, checked, devices, instances, lenses, schedules
from nvr_core.state.cameras import Camera
from nvr_core.state.devices import Device
from nvr_core.state.errors import Refused
from nvr_core.state.filed import BY


@dataclass(frozen=True, kw_only=True, slots=True)
class NewInstance:
    """What opens a device."""

    provider: str
    config: Mapping[str, Any]
    secrets: Mapping[str, Any]
    config_version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewChannel:
    """A lens that is watched from its first day."""

    key: str
    name: str
    camera: str
    """What the camera is called, where that is free; else a number follows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDevice:
    """A device whose channels nobody knows yet."""

    name: str
    uplink: str
    instance: NewInstance


def add_all(
    connection: Connection, clock: Clock, key: bytes, *, fresh: Iterable[NewDevice]
) -> None:
    """Many devices at once. Raises Refused; then none is stored."""
    for one in fresh:
        add(
            connection,
            clock,
            key,
            name=one.name,
            uplink=one.uplink,
            instance=one.instance,
            channels=(),
        )


def add(
    connection: Connection,
    clock: Clock,
    key: bytes,
    *,
    name: str,
    uplink: str,
    instance: NewInstance,
    channels: Iterable[NewChannel],
) -> Device:
    """A device, what opens it, and its cameras. key: of data/secret.key. Raises Refused."""
    made = instances.add_instance(
        connection,
        clock,
        key,
        kind="vendor",
        provider=instance.provider,
        title=name,
        config=instance.config,
        secrets=instance.secrets,
        config_version=instance.config_version,
    )
    device = devices.add_device(connection, clock, name=name, instance=made.instance, uplink=uplink)
    watch_all(connection, clock, device=device, channels=channels)
    return device


def watch_all(
    connection: Connection, clock: Clock, *, device: Device, channels: Iterable[NewChannel]
) -> None:
    """Channels of a device that had none, each watched as a camera. Raises Refused."""
    channels = list(channels)
    if not channels:
        return
    taken = {checked.folded(one.name) for one in cameras.list_cameras(connection) if one.name}
    for one in channels:
        stored = devices.add_channel(
            connection, clock, device=device.device, key=one.key, name=one.name
        )
        name, again = one.camera, 2
        while checked.folded(name) in taken:
            name, again = f"{one.camera} {again}", again + 1
        taken.add(checked.folded(name))
        cameras.add_camera(connection, clock, name=name, channel=stored.channel)


def change(
    connection: Connection,
    key: bytes,
    device: Device,
    *,
    name: str = "",
    uplink: str | None = None,
    config: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Any] | None = None,
    config_version: int | None = None,
) -> None:
    """Change of a device and of what opens it what is given. Raises Refused."""
    devices.change_device(connection, device.device, name=name or None, uplink=uplink)
    instances.change_instance(
        connection,
        key,
        device.instance,
        title=name or None,
        config=config,
        secrets=secrets,
        config_version=config_version,
    )


def remove(
    connection: Connection, clock: Clock, device: Device, *, with_cameras: bool
) -> Sequence[str]:
    """Forget a device and what opens it. Returns the names of the cameras that went with it.

    What was recorded of them stays. Raises Refused while it has cameras that should not go.
    """
    own = [one for one in lenses.list_lenses(connection) if one.device == device.device]
    if own and not with_cameras:
        names = ", ".join(one.name for one in own)
        raise Refused("device", device.name, f"still shows {names}; add --with-cameras")
    for one in own:
        cameras.remove_camera(connection, one.camera, at=clock.wall())
    devices.remove_device(connection, device.device)
    instances.remove_instance(connection, device.instance)
    return [one.name for one in own]


def watch(connection: Connection, clock: Clock, device: Device, *, key: str, name: str) -> Camera:
    """Watch a channel that nobody watches. name: empty: as the device. Raises Refused."""
    known = devices.list_channels(connection, device.device)
    channel = next((one for one in known if one.key == key), None)
    if channel is None:
        keys = ", ".join(one.key for one in known) or "none yet"
        raise Refused("channel", key, f"is none of {device.name}; there are: {keys}")
    for lens in lenses.list_lenses(connection):
        if lens.device == device.device and lens.key == key:
            raise Refused("channel", key, f"is watched already, as {lens.name}")
    return cameras.add_camera(connection, clock, name=name or device.name, channel=channel.channel)


def set_hours(
    connection: Connection,
    clock: Clock,
    camera: Camera,
    rules: Mapping[str, Any] | None,
    *,
    by: str,
) -> None:
    """Keep a camera at these hours; None: always. by: who says so. Raises Refused."""
    there = schedules.list_schedules(connection).get(camera.camera)
    if there is not None and there.changed_by == BY:
        raise Refused("camera", camera.name, f"has keep = false in {BY}; take that line away first")
    if rules is None:
        schedules.remove_schedule(connection, camera.camera)
    else:
        schedules.set_schedule(connection, clock, camera.camera, rules=rules, by=by)
