"""Configured providers of plugins: their settings in the open, their secrets sealed and apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import devices, instances, remembered
from nvr_core.wire import seal
from nvr_core.wire.ids import new_id

CONFIG_BYTES = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One configured provider, without its secrets."""

    instance: str
    kind: str
    provider: str
    title: str
    config: Mapping[str, Any]
    config_version: int


def add_instance(
    connection: Connection,
    clock: Clock,
    key: bytes,
    *,
    kind: str,
    provider: str,
    title: str,
    config: Mapping[str, Any],
    secrets: Mapping[str, Any],
    config_version: int = 1,
) -> Instance:
    """A new one. key: of data/secret.key. Raises Refused."""
    called = checked.name("title", title)
    own = new_id(clock)
    row = {
        "instance": own,
        "kind": checked.name("kind", kind),
        "provider": checked.name("provider", provider),
        "title": called,
        "folded": _free(connection, kind, called),
        "config": checked.as_json("config", config, CONFIG_BYTES),
        "config_version": config_version,
        "secrets": _sealed(key, own, secrets),
    }
    connection.execute(insert(instances).values(row))
    return _made({**row, "config": config})


def list_instances(connection: Connection, kind: str = "") -> list[Instance]:
    """All of a kind, or all, by title."""
    query = select(instances).order_by(instances.c.kind, instances.c.folded)
    if kind:
        query = query.where(instances.c.kind == kind)
    rows = connection.execute(query).mappings()
    return [_made({**row, "config": json.loads(row["config"])}) for row in rows]


def secrets_of(connection: Connection, key: bytes, instance: str) -> Mapping[str, Any]:
    """The secrets, opened. Raises Refused, and WireError when they do not open with this key."""
    query = select(instances.c.secrets).where(instances.c.instance == instance)
    row = connection.execute(query).first()
    if row is None:
        raise Refused("instance", instance, "is not known here")
    if row.secrets is None:
        return {}
    opened: Mapping[str, Any] = json.loads(seal.unseal(key, row.secrets, _context(instance)))
    return opened


def change_instance(
    connection: Connection,
    key: bytes,
    instance: str,
    *,
    title: str | None = None,
    config: Mapping[str, Any] | None = None,
    config_version: int | None = None,
    secrets: Mapping[str, Any] | None = None,
) -> None:
    """Change what is given, leave the rest. Raises Refused."""
    number = checked.number(connection, instances.c.instance, instance, field="instance")
    row: dict[str, object] = {}
    if title is not None:
        called = checked.name("title", title)
        query = select(instances.c.kind).where(instances.c.id == number)
        kind = connection.execute(query).scalar_one()
        row |= {"title": called, "folded": _free(connection, kind, called, but=number)}
    if config is not None:
        row["config"] = checked.as_json("config", config, CONFIG_BYTES)
    if config_version is not None:
        row["config_version"] = config_version
    if secrets is not None:
        row["secrets"] = _sealed(key, instance, secrets)
    if row:
        connection.execute(update(instances).where(instances.c.id == number).values(row))


def remove_instance(connection: Connection, instance: str) -> None:
    """Raises Refused while a device needs it."""
    number = checked.number(connection, instances.c.instance, instance, field="instance")
    query = select(devices.c.name).where(devices.c.instance == number)
    names = connection.execute(query).scalars().all()
    if names:
        raise Refused("instance", instance, f"is needed by {', '.join(names)}")
    connection.execute(delete(remembered).where(remembered.c.instance == number))
    connection.execute(delete(instances).where(instances.c.id == number))


def _free(connection: Connection, kind: str, title: str, but: int | None = None) -> str:
    among = instances.c.kind == kind
    return checked.free(connection, "title", title, column=instances.c.folded, but=but, among=among)


def _sealed(key: bytes, instance: str, secrets: Mapping[str, Any]) -> bytes | None:
    if not secrets:
        return None
    return seal.seal(key, json.dumps(dict(secrets)).encode(), _context(instance))


def _context(instance: str) -> bytes:
    return f"instances {instance}".encode()


def _made(row: Mapping[str, Any]) -> Instance:
    names = ("instance", "kind", "provider", "title", "config", "config_version")
    return Instance(**{name: row[name] for name in names})
