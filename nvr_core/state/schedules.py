"""When each camera is kept; what the rules mean is the scheduling service's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.tables.devices import cameras
from nvr_core.state.tables.people import schedules

RULES_BYTES = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The rules of one camera."""

    camera: str
    rules: Mapping[str, Any]
    changed_at: int
    changed_by: str


def set_schedule(
    connection: Connection, clock: Clock, camera: str, *, rules: Mapping[str, Any], by: str
) -> None:
    """Give a camera these rules in place of those that it had. Raises Refused."""
    number = checked.number(connection, cameras.c.camera, camera, field="camera")
    connection.execute(delete(schedules).where(schedules.c.camera == number))
    connection.execute(
        insert(schedules).values(
            camera=number,
            rules=checked.as_json("rules", rules, RULES_BYTES),
            changed_at=clock.wall(),
            changed_by=by,
        )
    )


def remove_schedule(connection: Connection, camera: str) -> None:
    """Always keep this camera from now on. Raises Refused."""
    number = checked.number(connection, cameras.c.camera, camera, field="camera")
    connection.execute(delete(schedules).where(schedules.c.camera == number))


def list_schedules(connection: Connection) -> dict[str, Schedule]:
    """Camera's id → its rules, of all that have some."""
    query = select(schedules, cameras.c.camera.label("owner"))
    rows = connection.execute(query.join(cameras, cameras.c.id == schedules.c.camera))
    return {
        row.owner: Schedule(
            camera=row.owner,
            rules=json.loads(row.rules),
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )
        for row in rows
    }
