"""Every watched camera with the device that shows it and the hours at which it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from nvr_core.state.tables.devices import cameras, channels, devices, instances
from nvr_core.state.tables.people import schedules


@dataclass(frozen=True, kw_only=True, slots=True)
class Lens:
    """One watched camera behind its lens."""

    camera: str
    name: str
    device: str
    device_name: str
    instance: str
    key: str
    """What the plugin calls the channel."""
    uplink: str
    origin: str
    rules: Mapping[str, Any] | None
    """When it is kept; None: always."""
    ruled_by: str
    """Who said so."""


def list_lenses(connection: Connection) -> list[Lens]:
    """All cameras that are watched and have a lens, in the order in which they were added."""
    query = (
        select(
            cameras.c.camera,
            cameras.c.name,
            devices.c.device,
            devices.c.name.label("device_name"),
            instances.c.instance,
            channels.c.key,
            devices.c.uplink,
            devices.c.origin,
            schedules.c.rules,
            schedules.c.changed_by,
        )
        .join(channels, channels.c.id == cameras.c.channel)
        .join(devices, devices.c.id == channels.c.device)
        .join(instances, instances.c.id == devices.c.instance)
        .outerjoin(schedules, schedules.c.camera == cameras.c.id)
        .where(cameras.c.added_at.is_not(None), cameras.c.removed_at.is_(None))
        .order_by(cameras.c.id)
    )
    return [
        Lens(
            camera=row.camera,
            name=row.name,
            device=row.device,
            device_name=row.device_name,
            instance=row.instance,
            key=row.key,
            uplink=row.uplink,
            origin=row.origin,
            rules=None if row.rules is None else json.loads(row.rules),
            ruled_by=row.changed_by or "",
        )
        for row in connection.execute(query)
    ]
