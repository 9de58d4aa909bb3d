"""Stores of segments: opened, limited, emptied, forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.segments import files, writing
from nvr_core.state.tables.volumes import totals, volumes
from nvr_core.wire.ids import new_id

ROLES = ("primary", "copy", "archive")
STATES = ("here", "missing", "foreign", "leaving")


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """A store of segments; number is the local one that files point at."""

    number: int
    volume: str
    root: str
    role: str
    limit_bytes: int | None
    reserve_bytes: int | None
    state: str


def add_volume(
    connection: Connection,
    clock: Clock,
    *,
    root: str,
    role: str = "primary",
    limit_bytes: int | None = None,
    reserve_bytes: int | None = None,
) -> Volume:
    """Open a store. One that facts have named already keeps its row. Raises Refused."""
    place = root.rstrip("/") or root
    if not place.startswith("/") and "://" not in place:
        raise Refused("root", root, "is neither an absolute path nor the address of a store")
    row = {
        "role": checked.one_of("role", role, ROLES),
        "limit_bytes": _bytes("limit_bytes", limit_bytes),
        "reserve_bytes": _bytes("reserve_bytes", reserve_bytes),
        "state": "here",
    }
    there = next((one for one in list_volumes(connection) if one.root == place), None)
    if there is None:
        row |= {"volume": new_id(clock), "root": place}
        connection.execute(insert(volumes).values(row))
    elif there.role == "unknown":
        connection.execute(update(volumes).where(volumes.c.id == there.number).values(row))
    else:
        raise Refused("root", root, "is a volume already")
    return next(one for one in list_volumes(connection) if one.root == place)


def list_volumes(connection: Connection) -> list[Volume]:
    """All, in the order in which they came."""
    rows = connection.execute(select(volumes).order_by(volumes.c.id))
    return [
        Volume(
            number=row.id,
            volume=row.volume,
            root=row.root,
            role=row.role,
            limit_bytes=row.limit_bytes,
            reserve_bytes=row.reserve_bytes,
            state=row.state,
        )
        for row in rows
    ]


def change_volume(
    connection: Connection,
    volume: str,
    *,
    state: str,
    role: str,
    limit_bytes: int | None,
    reserve_bytes: int | None,
) -> None:
    """Raises Refused."""
    number = checked.number(connection, volumes.c.volume, volume, field="volume")
    connection.execute(
        update(volumes)
        .where(volumes.c.id == number)
        .values(
            state=checked.one_of("state", state, STATES),
            role=checked.one_of("role", role, ROLES),
            limit_bytes=_bytes("limit_bytes", limit_bytes),
            reserve_bytes=_bytes("reserve_bytes", reserve_bytes),
        )
    )


def remove_volume(connection: Connection, volume: str) -> None:
    """Forget an empty store. Raises Refused while a file points at it."""
    number = checked.number(connection, volumes.c.volume, volume, field="volume")
    for table in (files, writing):
        if connection.execute(select(table.c.key).where(table.c.volume == number)).first():
            raise Refused("volume", volume, "still holds files; let it be emptied first")
    connection.execute(delete(totals).where(totals.c.volume == number))
    connection.execute(delete(volumes).where(volumes.c.id == number))


def _bytes(field: str, value: int | None) -> int | None:
    if value is not None and value < 0:
        raise Refused(field, value, "is less than nothing; write bytes, or leave it out")
    return value
