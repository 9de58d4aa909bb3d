"""Devices that plugins open, and their channels: added, named, removed. Ids are text."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import cameras, channels, devices, identities, instances
from nvr_core.wire.ids import new_id

OFFICE, FILE = ORIGINS = ("office", "file")
"""Where a device is written down: here, or in ronda.toml, whose word counts at each start."""
UPLINK_LENGTH = 60
KEY_LENGTH = 200
TOLD_LENGTH = 200
"""Characters of what a device says of itself."""
MARKS = 64
"""Identities of one device."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A box that we log in to."""

    device: str
    name: str
    instance: str
    uplink: str
    origin: str
    added_at: int
    manufacturer: str = ""
    """As it told last, like the two below."""
    model: str = ""
    firmware: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a device says of itself."""

    manufacturer: str
    model: str
    firmware: str
    marks: frozenset[tuple[str, str]]
    """(kind, value) of each of its identities."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """One lens of a device."""

    channel: str
    device: str
    key: str
    """What the plugin calls it."""
    name: str


def add_device(
    connection: Connection,
    clock: Clock,
    *,
    name: str,
    instance: str,
    uplink: str = "",
    origin: str = OFFICE,
) -> Device:
    """A new device. Raises Refused."""
    called = checked.name("name", name)
    made = Device(
        device=new_id(clock),
        name=called,
        instance=instance,
        uplink=_uplink(uplink),
        origin=checked.one_of("origin", origin, ORIGINS),
        added_at=clock.wall(),
    )
    connection.execute(
        insert(devices).values(
            device=made.device,
            name=called,
            folded=checked.free(connection, "name", called, column=devices.c.folded),
            instance=checked.number(connection, instances.c.instance, instance, field="instance"),
            uplink=made.uplink,
            origin=origin,
            added_at=made.added_at,
            manufacturer="",
            model="",
            firmware="",
        )
    )
    return made


def list_devices(connection: Connection) -> list[Device]:
    """All devices by name."""
    own = devices.c
    query = (
        select(
            own.device,
            own.name,
            instances.c.instance.label("opened_by"),
            own.uplink,
            own.origin,
            own.added_at,
            own.manufacturer,
            own.model,
            own.firmware,
        )
        .join(instances, instances.c.id == own.instance)
        .order_by(own.folded)
    )
    return [
        Device(
            device=row.device,
            name=row.name,
            instance=row.opened_by,
            uplink=row.uplink,
            origin=row.origin,
            added_at=row.added_at,
            manufacturer=row.manufacturer,
            model=row.model,
            firmware=row.firmware,
        )
        for row in connection.execute(query)
    ]


def change_device(
    connection: Connection, device: str, *, name: str | None = None, uplink: str | None = None
) -> None:
    """Change what is given, leave the rest. Raises Refused."""
    number = checked.number(connection, devices.c.device, device, field="device")
    row: dict[str, object] = {}
    if name is not None:
        called = checked.name("name", name)
        own = checked.free(connection, "name", called, column=devices.c.folded, but=number)
        row |= {"name": called, "folded": own}
    if uplink is not None:
        row["uplink"] = _uplink(uplink)
    if row:
        connection.execute(update(devices).where(devices.c.id == number).values(row))


def note(connection: Connection, device: str, told: Told) -> None:
    """Keep what a device says of itself, in place of what it said before. Raises Refused."""
    number = checked.number(connection, devices.c.device, device, field="device")
    row = {
        name: getattr(told, name)[:TOLD_LENGTH] for name in ("manufacturer", "model", "firmware")
    }
    connection.execute(update(devices).where(devices.c.id == number).values(row))
    connection.execute(delete(identities).where(identities.c.device == number))
    for kind, value in sorted(told.marks)[:MARKS]:
        connection.execute(
            insert(identities).values(device=number, kind=kind, value=value[:TOLD_LENGTH])
        )


def list_identities(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Device's id → (kind, value) of each of its marks."""
    query = select(devices.c.device, identities.c.kind, identities.c.value)
    query = query.join(devices, devices.c.id == identities.c.device).order_by(identities.c.id)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.device, []).append((row.kind, row.value))
    return found


def remove_device(connection: Connection, device: str) -> None:
    """A device that no camera needs, with its channels. Raises Refused while one does."""
    number = checked.number(connection, devices.c.device, device, field="device")
    query = (
        select(cameras.c.name)
        .join(channels, channels.c.id == cameras.c.channel)
        .where(channels.c.device == number)
        .order_by(cameras.c.folded)
    )
    names = [str(name) for name in connection.execute(query).scalars()]
    if names:
        raise Refused("device", device, f"still has cameras; remove {', '.join(names)} first")
    connection.execute(delete(channels).where(channels.c.device == number))
    connection.execute(delete(identities).where(identities.c.device == number))
    connection.execute(delete(devices).where(devices.c.id == number))


def add_channel(
    connection: Connection, clock: Clock, *, device: str, key: str, name: str
) -> Channel:
    """A lens of a device. Raises Refused."""
    number = checked.number(connection, devices.c.device, device, field="device")
    if not 0 < len(key) <= KEY_LENGTH:
        raise Refused("key", key, f"is no channel's key of 1 to {KEY_LENGTH} characters")
    query = select(channels.c.id).where(channels.c.device == number, channels.c.key == key)
    if connection.execute(query).first():
        raise Refused("key", key, "is a channel of this device already")
    made = Channel(channel=new_id(clock), device=device, key=key, name=checked.name("name", name))
    connection.execute(
        insert(channels).values(channel=made.channel, device=number, key=key, name=made.name)
    )
    return made


def list_channels(connection: Connection, device: str = "") -> list[Channel]:
    """The lenses of a device, or of all, in the order in which they were found."""
    query = select(channels, devices.c.device.label("owner"))
    query = query.join(devices, devices.c.id == channels.c.device).order_by(channels.c.id)
    if device:
        number = checked.number(connection, devices.c.device, device, field="device")
        query = query.where(channels.c.device == number)
    return [
        Channel(channel=row.channel, device=row.owner, key=row.key, name=row.name)
        for row in connection.execute(query)
    ]


def _uplink(value: str) -> str:
    return checked.name("uplink", value, UPLINK_LENGTH) if value.strip() else ""
