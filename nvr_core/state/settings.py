"""Choices made in the application: a key and a JSON value each, and who chose when."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.tables.people import settings

VALUE_BYTES = 64 << 10


def setting(connection: Connection, key: str, default: Any = None) -> Any:
    """The value, or the default while nobody has chosen."""
    row = connection.execute(select(settings.c.value).where(settings.c.key == key)).first()
    return default if row is None else json.loads(row.value)


def all_settings(connection: Connection) -> dict[str, Any]:
    rows = connection.execute(select(settings.c.key, settings.c.value).order_by(settings.c.key))
    return {row.key: json.loads(row.value) for row in rows}


def set_setting(connection: Connection, clock: Clock, *, key: str, value: Any, by: str) -> None:
    """Choose. by: who. Raises Refused."""
    row = {
        "value": checked.as_json(key, value, VALUE_BYTES),
        "changed_at": clock.wall(),
        "changed_by": by,
    }
    checked.name("key", key)
    done = connection.execute(update(settings).where(settings.c.key == key).values(row))
    if not done.rowcount:
        connection.execute(insert(settings).values(key=key, **row))


def remove_setting(connection: Connection, key: str) -> None:
    """Back to the default."""
    connection.execute(delete(settings).where(settings.c.key == key))
