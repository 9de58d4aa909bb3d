"""Devices that we log in to, and their channels: added, named, removed. Ids are text."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import cameras, channels, devices, instances, logins
from nvr_core.wire.ids import new_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A box that we log in to."""

    device: str
    name: str
    address: str
    uplink: str = ""
    instance: str | None = None
    login: str | None = None
    added_at: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """One lens of a device, numbered from 1."""

    channel: str
    device: str
    place: int
    name: str


def add_device(
    connection: Connection,
    clock: Clock,
    *,
    name: str,
    address: str,
    uplink: str = "",
    instance: str | None = None,
    login: str | None = None,
) -> Device:
    """A new device. Raises Refused."""
    called = checked.name("name", name)
    if not address.strip():
        raise Refused("address", address, "is empty; write the host name or address of the device")
    row = {
        "device": new_id(clock),
        "name": called,
        "folded": checked.free(connection, "name", called, column=devices.c.folded),
        "address": address.strip(),
        "uplink": uplink.strip(),
        "instance": instance
        and checked.number(connection, instances.c.instance, instance, field="instance"),
        "login": login and checked.number(connection, logins.c.login, login, field="login"),
        "added_at": clock.wall(),
    }
    connection.execute(insert(devices).values(row))
    return next(one for one in list_devices(connection) if one.device == row["device"])


def list_devices(connection: Connection) -> list[Device]:
    """All devices by name."""
    own = devices.c
    query = (
        select(
            own.device,
            own.name,
            own.address,
            own.uplink,
            instances.c.instance.label("instance_id"),
            logins.c.login.label("login_id"),
            own.added_at,
        )
        .outerjoin(instances, instances.c.id == own.instance)
        .outerjoin(logins, logins.c.id == own.login)
        .order_by(own.folded)
    )
    return [
        Device(
            device=row.device,
            name=row.name,
            address=row.address,
            uplink=row.uplink,
            instance=row.instance_id,
            login=row.login_id,
            added_at=row.added_at,
        )
        for row in connection.execute(query)
    ]


def rename_device(connection: Connection, device: str, name: str) -> None:
    """Raises Refused."""
    number = checked.number(connection, devices.c.device, device, field="device")
    called = checked.name("name", name)
    own = checked.free(connection, "name", called, column=devices.c.folded, but=number)
    connection.execute(
        update(devices).where(devices.c.id == number).values(name=called, folded=own)
    )


def remove_device(connection: Connection, device: str) -> None:
    """A device that no camera needs, with its channels. Raises Refused while one does."""
    number = checked.number(connection, devices.c.device, device, field="device")
    query = (
        select(cameras.c.name)
        .join(channels, channels.c.id == cameras.c.channel)
        .where(channels.c.device == number)
    )
    names = [str(name) for name in connection.execute(query).scalars()]
    if names:
        raise Refused("device", device, f"still has cameras; remove {', '.join(names)} first")
    connection.execute(delete(channels).where(channels.c.device == number))
    connection.execute(delete(devices).where(devices.c.id == number))


def add_channel(
    connection: Connection, clock: Clock, *, device: str, place: int, name: str
) -> Channel:
    """A lens of a device. Raises Refused."""
    number = checked.number(connection, devices.c.device, device, field="device")
    if place < 1:
        raise Refused("place", place, "is no number of a channel; the first one is 1")
    query = select(channels.c.id).where(channels.c.device == number, channels.c.place == place)
    if connection.execute(query).first():
        raise Refused("place", place, "is a channel of this device already")
    made = Channel(
        channel=new_id(clock), device=device, place=place, name=checked.name("name", name)
    )
    connection.execute(
        insert(channels).values(channel=made.channel, device=number, place=place, name=made.name)
    )
    return made


def list_channels(connection: Connection, device: str) -> list[Channel]:
    """The lenses of a device in their order."""
    number = checked.number(connection, devices.c.device, device, field="device")
    query = select(channels).where(channels.c.device == number).order_by(channels.c.place)
    return [
        Channel(channel=row.channel, device=device, place=row.place, name=row.name)
        for row in connection.execute(query)
    ]
