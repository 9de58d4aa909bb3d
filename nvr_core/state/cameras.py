"""The cameras that the office watches, and their streams. Ids are text.

Removing a camera loses nothing that was recorded under it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from nvr_core.clock import Clock
from nvr_core.state import checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.devices import cameras, channels, streams
from nvr_core.wire.ids import new_id

STREAMS = ("main", "sub", "main-audio", "sub-audio")


@dataclass(frozen=True, kw_only=True, slots=True)
class Camera:
    """A channel that is watched, or was. Without name: only facts have told of it."""

    camera: str
    channel: str | None
    name: str | None
    added_at: int | None
    removed_at: int | None


def add_camera(
    connection: Connection, clock: Clock, *, name: str, channel: str | None, camera: str = ""
) -> Camera:
    """A camera under a name. Raises Refused.

    camera: an id that footage or settings already use; a new one when left out. What was recorded
    under it belongs to it from now on.
    """
    called = checked.name("name", name)
    lens = channel and checked.number(connection, channels.c.channel, channel, field="channel")
    found = connection.execute(
        select(cameras.c.id, cameras.c.added_at, cameras.c.removed_at).where(
            cameras.c.camera == camera
        )
    ).first()
    if found is not None and found.added_at is not None and found.removed_at is None:
        raise Refused("camera", camera, "is watched already")
    row = {
        "camera": camera or new_id(clock),
        "channel": lens,
        "name": called,
        "folded": checked.free(connection, "name", called, column=cameras.c.folded),
        "added_at": clock.wall(),
        "removed_at": None,
    }
    if found is None:
        connection.execute(insert(cameras).values(row))
    else:
        connection.execute(update(cameras).where(cameras.c.id == found.id).values(row))
    return Camera(
        camera=str(row["camera"]),
        channel=channel,
        name=called,
        added_at=clock.wall(),
        removed_at=None,
    )


def list_cameras(connection: Connection, *, removed: bool = False) -> list[Camera]:
    """The cameras that are watched, by name. removed: also those of which only footage is left."""
    own = cameras.c
    query = select(own.camera, channels.c.channel, own.name, own.added_at, own.removed_at)
    query = query.outerjoin(channels, channels.c.id == own.channel)
    if not removed:
        query = query.where(own.added_at.is_not(None), own.removed_at.is_(None))
    return [
        Camera(camera=row[0], channel=row[1], name=row[2], added_at=row[3], removed_at=row[4])
        for row in connection.execute(query.order_by(own.folded, own.id))
    ]


def rename_camera(connection: Connection, camera: str, name: str) -> None:
    """Raises Refused."""
    number = _watched(connection, camera)
    called = checked.name("name", name)
    own = checked.free(connection, "name", called, column=cameras.c.folded, but=number)
    connection.execute(
        update(cameras).where(cameras.c.id == number).values(name=called, folded=own)
    )


def attach_camera(connection: Connection, camera: str, channel: str) -> None:
    """The camera shows this lens from now on; its footage goes on. Raises Refused."""
    number = _watched(connection, camera)
    lens = checked.number(connection, channels.c.channel, channel, field="channel")
    connection.execute(update(cameras).where(cameras.c.id == number).values(channel=lens))


def remove_camera(connection: Connection, camera: str, *, at: int) -> None:
    """Nobody watches it any more; its footage stays under it, and its name is free again.

    at: wall time, µs. Raises Refused.
    """
    number = _watched(connection, camera)
    connection.execute(
        update(cameras)
        .where(cameras.c.id == number)
        .values(removed_at=at, folded=None, channel=None)
    )


def add_stream(connection: Connection, camera: str, name: str) -> int:
    """The local number of a camera's stream, which is there from now on. Raises Refused."""
    checked.one_of("stream", name, STREAMS)
    number = checked.number(connection, cameras.c.camera, camera, field="camera")
    if found := stream(connection, camera, name):
        return found
    made = connection.execute(insert(streams).values(camera=number, name=name))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def list_streams(connection: Connection, camera: str = "") -> dict[int, tuple[str, str]]:
    """Local number → camera's id and stream's name; of one camera, or of all."""
    query = select(streams.c.id, cameras.c.camera, streams.c.name)
    query = query.join(cameras, cameras.c.id == streams.c.camera).order_by(streams.c.id)
    if camera:
        query = query.where(cameras.c.camera == camera)
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def stream(connection: Connection, camera: str, name: str) -> int | None:
    """The local number of a stream, by which footage and coverage are asked; None: not known."""
    query = select(streams.c.id).join(cameras, cameras.c.id == streams.c.camera)
    return connection.execute(
        query.where(cameras.c.camera == camera, streams.c.name == name)
    ).scalar()


def _watched(connection: Connection, camera: str) -> int:
    query = select(cameras.c.id).where(
        cameras.c.camera == camera, cameras.c.added_at.is_not(None), cameras.c.removed_at.is_(None)
    )
    return checked.found("camera", camera, connection.execute(query).scalar())
