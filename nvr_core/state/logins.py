"""Logins of devices, encrypted at rest: a database that is carried away tells none."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import devices, logins
from nvr_core.wire import seal
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import Login


def set_login(
    connection: Connection, clock: Clock, key: bytes, *, login_group: str, login: Login
) -> str:
    """Keep the login of a group, in place of the one it had. Returns its id. Raises Refused.

    key: of data/secret.key.
    """
    if not login_group.strip():
        raise Refused("login_group", login_group, "is empty; name the device whose login it is")
    query = select(logins.c.login).where(logins.c.login_group == login_group)
    there = connection.execute(query).scalar()
    own = there or new_id(clock)
    plain = json.dumps({"user": login.user, "password": login.password}).encode()
    row = {
        "login": own,
        "login_group": login_group,
        "sealed": seal.seal(key, plain, _context(own)),
        "changed_at": clock.wall(),
    }
    if there is None:
        connection.execute(insert(logins).values(row))
    else:
        connection.execute(update(logins).where(logins.c.login == own).values(row))
    return own


def login(connection: Connection, key: bytes, login_id: str) -> Login | None:
    """The login; None when there is no such row.

    Raises WireError when it does not open: another installation's key, or a row that was moved.
    """
    query = select(logins.c.sealed).where(logins.c.login == login_id)
    sealed = connection.execute(query).scalar()
    if sealed is None:
        return None
    said = json.loads(seal.unseal(key, sealed, _context(login_id)))
    return Login(user=said["user"], password=said["password"])


def list_groups(connection: Connection) -> dict[str, str]:
    """Login group → id of its login."""
    query = select(logins.c.login_group, logins.c.login).order_by(logins.c.login_group)
    return {row.login_group: row.login for row in connection.execute(query)}


def remove_login(connection: Connection, login_id: str) -> None:
    """Forget it. Raises Refused while a device needs it."""
    number = checked.number(connection, logins.c.login, login_id, field="login")
    query = select(devices.c.name).where(devices.c.login == number)
    names: Iterable[str] = connection.execute(query).scalars().all()
    if names:
        raise Refused("login", login_id, f"is needed by {', '.join(names)}")
    connection.execute(delete(logins).where(logins.c.id == number))


def _context(login_id: str) -> bytes:
    return f"logins {login_id}".encode()
