"""What a page shows of the storage: bytes and the oldest of each camera, and the days left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from nvr_core.state import cameras, keeping, recorded
from nvr_core.state.catalogue import State
from nvr_core.storage.room import Room


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A stream's part of a volume."""

    camera: str
    stream: str
    volume: int
    files: int
    bytes: int
    oldest: int | None
    """Wall time of its oldest footage there by the times it bears, µs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A volume. Its room is as it was seen last when `trouble` says that it is not there."""

    volume: int
    trouble: str
    room: Room

    @property
    def days_left(self) -> float | None:
        """Days of recording until the oldest must go for the newest; None: not known."""
        return None if self.trouble else self.room.days_left


@dataclass(frozen=True, slots=True)
class Usage:
    """All volumes, and who fills them."""

    volumes: tuple[Filled, ...]
    shares: tuple[Share, ...]


async def gathered(state: State, rooms: Mapping[int, tuple[str, Room]]) -> Usage:
    """rooms: local number of a volume → its trouble, and its room."""
    streams = await state.read(cameras.list_streams)
    shares = []
    for one in await state.read(keeping.totals_of):
        camera, name = streams.get(one.stream, ("", ""))
        first = await state.read(partial(recorded.first, volume=one.volume, stream=one.stream))
        shares.append(
            Share(
                camera=camera,
                stream=name,
                volume=one.volume,
                files=one.files,
                bytes=one.bytes,
                oldest=first,
            )
        )
    filled = [
        Filled(volume=number, trouble=said, room=room) for number, (said, room) in rooms.items()
    ]
    return Usage(tuple(filled), tuple(shares))
