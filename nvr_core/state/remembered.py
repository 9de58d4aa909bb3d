"""What instances of plugins remember: small texts under a key, sealed."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import instances, remembered
from nvr_core.wire import seal

KEYS = 64
"""Texts of one instance."""


def remember(connection: Connection, key: bytes, instance: str, name: str, value: str) -> None:
    """Keep a text; "" forgets it. key: of data/secret.key. Raises Refused."""
    number = checked.number(connection, instances.c.instance, instance, field="instance")
    mine = remembered.c.instance == number
    connection.execute(delete(remembered).where(mine, remembered.c.key == name))
    if not value:
        return
    count = connection.execute(select(func.count()).select_from(remembered).where(mine)).scalar()
    if count is not None and count >= KEYS:
        raise Refused("key", name, f"is one too many; an instance remembers {KEYS} texts")
    sealed = seal.seal(key, value.encode(), _context(instance, name))
    connection.execute(insert(remembered).values(instance=number, key=name, sealed=sealed))


def recall(connection: Connection, key: bytes, instance: str, name: str) -> str:
    """The text, "" for none. Raises WireError when it does not open with this key."""
    query = (
        select(remembered.c.sealed)
        .join(instances, instances.c.id == remembered.c.instance)
        .where(instances.c.instance == instance, remembered.c.key == name)
    )
    sealed = connection.execute(query).scalar()
    if sealed is None:
        return ""
    return seal.unseal(key, sealed, _context(instance, name)).decode()


def _context(instance: str, name: str) -> bytes:
    return f"remembered {instance} {name}".encode()
