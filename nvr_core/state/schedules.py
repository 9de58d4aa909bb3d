"""Named plans of when something happens; what their rules mean is the scheduling service's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.tables.people import schedules
from nvr_core.wire.ids import new_id

RULES_BYTES = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    schedule: str
    name: str
    rules: Mapping[str, Any]


def add_schedule(
    connection: Connection, clock: Clock, *, name: str, rules: Mapping[str, Any]
) -> Schedule:
    """Raises Refused."""
    called = checked.name("name", name)
    made = Schedule(schedule=new_id(clock), name=called, rules=rules)
    connection.execute(
        insert(schedules).values(
            schedule=made.schedule,
            name=called,
            folded=checked.free(connection, "name", called, column=schedules.c.folded),
            rules=checked.as_json("rules", rules, RULES_BYTES),
            changed_at=clock.wall(),
        )
    )
    return made


def list_schedules(connection: Connection) -> list[Schedule]:
    """All, by name."""
    rows = connection.execute(select(schedules).order_by(schedules.c.folded))
    return [
        Schedule(schedule=row.schedule, name=row.name, rules=json.loads(row.rules)) for row in rows
    ]


def change_schedule(
    connection: Connection, clock: Clock, schedule: str, *, name: str, rules: Mapping[str, Any]
) -> None:
    """Raises Refused."""
    number = checked.number(connection, schedules.c.schedule, schedule, field="schedule")
    called = checked.name("name", name)
    connection.execute(
        update(schedules)
        .where(schedules.c.id == number)
        .values(
            name=called,
            folded=checked.free(connection, "name", called, column=schedules.c.folded, but=number),
            rules=checked.as_json("rules", rules, RULES_BYTES),
            changed_at=clock.wall(),
        )
    )


def remove_schedule(connection: Connection, schedule: str) -> None:
    """Raises Refused."""
    number = checked.number(connection, schedules.c.schedule, schedule, field="schedule")
    connection.execute(delete(schedules).where(schedules.c.id == number))
