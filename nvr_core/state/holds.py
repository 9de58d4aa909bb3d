"""Footage that must stay: held, looked for before anything is deleted, released by a person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, or_, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import cameras
from nvr_core.state.tables.people import holds
from nvr_core.wire.ids import new_id

REASON_LENGTH = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A camera's footage of [began, ended), all streams; wall times in µs."""

    hold: str
    camera: str
    began: int
    ended: int
    reason: str
    author: str
    made_at: int
    until: int | None
    released_at: int | None = None


def add_hold(
    connection: Connection,
    clock: Clock,
    *,
    camera: str,
    began: int,
    ended: int,
    reason: str,
    author: str,
    until: int | None = None,
) -> Hold:
    """Let nothing of it be deleted. until: when it ends by itself. Raises Refused."""
    checked.span(began, ended)
    now = clock.wall()
    if until is not None and until <= now:
        raise Refused("until", until, "has passed already; a hold ends in the future, or never")
    number = checked.number(connection, cameras.c.camera, camera, field="camera")
    made = Hold(
        hold=new_id(clock),
        camera=camera,
        began=began,
        ended=ended,
        reason=checked.name("reason", reason, REASON_LENGTH),
        author=checked.name("author", author),
        made_at=now,
        until=until,
    )
    connection.execute(
        insert(holds).values(
            hold=made.hold,
            camera=number,
            began=began,
            ended=ended,
            reason=made.reason,
            author=made.author,
            made_at=now,
            until=until,
        )
    )
    return made


def in_force(connection: Connection, *, now: int) -> list[Hold]:
    """Every hold that deletion must keep away from."""
    own = holds.c
    query = select(holds, cameras.c.camera.label("camera_id")).join(
        cameras, cameras.c.id == own.camera
    )
    query = query.where(own.released_at.is_(None), or_(own.until.is_(None), own.until > now))
    return [
        Hold(
            hold=row.hold,
            camera=row.camera_id,
            began=row.began,
            ended=row.ended,
            reason=row.reason,
            author=row.author,
            made_at=row.made_at,
            until=row.until,
            released_at=row.released_at,
        )
        for row in connection.execute(query.order_by(own.id))
    ]


def release(connection: Connection, hold: str, *, at: int) -> None:
    """A person lets it go. at: wall time, µs. Raises Refused."""
    number = checked.number(connection, holds.c.hold, hold, field="hold")
    own = update(holds).where(holds.c.id == number, holds.c.released_at.is_(None))
    connection.execute(own.values(released_at=at))
