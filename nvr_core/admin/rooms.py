"""Answers about volumes: what lies there, what is free, and for how many days that will do."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from functools import partial

from nvr_core.admin import answers, questions
from nvr_core.admin.office import Office
from nvr_core.state import keeping, recorded, volumes
from nvr_core.state.volumes import Volume
from nvr_core.storage.usage import Filled
from nvr_core.wire.errors import SentenceError

STATES = {
    "here": "",
    "missing": "it was not there when it was looked for last",
    "foreign": "it belongs to another installation",
    "leaving": "it is being emptied",
}
"""State in the catalogue → what there is to say of it."""
PATIENCE = 20.0
"""Seconds in which the disks must say how full they are."""
UNKNOWN = (
    "installation.json is missing in the data folder, so nobody can tell whether this volume is "
    "ours; put back a copy"
)


class NoAnswer(SentenceError):
    """A disk does not say how full it is."""


async def answer(office: Office, asked: questions.Volumes) -> AsyncGenerator[answers.Volume, None]:
    filled = {}
    if office.storage is not None:
        try:
            async with asyncio.timeout(PATIENCE):
                filled = {one.volume: one for one in (await office.storage.usage()).volumes}
        except TimeoutError:
            raise NoAnswer(
                f"a disk has not answered for {PATIENCE:.0f} s; the server's log and dmesg say "
                "which, and ronda camera list still answers"
            ) from None
    lying = await _lying(office)
    for volume in await office.state.read(volumes.list_volumes):
        files, size, oldest = lying.get(volume.number, (0, 0, None))
        said = answers.Volume(
            volume=volume.volume,
            root=volume.root,
            role=volume.role,
            trouble=STATES.get(volume.state, volume.state) or ("" if office.storage else UNKNOWN),
            files=files,
            bytes=size,
            oldest=oldest,
            limit=volume.limit_bytes,
            reserve=volume.reserve_bytes,
            size=None,
            free=None,
            days_left=None,
        )
        yield _with_room(said, filled.get(volume.number), volume)


def _with_room(said: answers.Volume, filled: Filled | None, volume: Volume) -> answers.Volume:
    if filled is None:
        return said
    if filled.trouble:
        return said.model_copy(update={"trouble": filled.trouble})
    room = filled.room
    return said.model_copy(
        update={
            "reserve": room.reserve,
            "size": room.size,
            "free": room.free,
            "days_left": filled.days_left,
        }
    )


async def _lying(office: Office) -> Mapping[int, tuple[int, int, int | None]]:
    """Volume → files and bytes there, and the wall time of the oldest."""
    found: dict[int, tuple[int, int, int | None]] = defaultdict(lambda: (0, 0, None))
    for one in await office.state.read(keeping.totals_of):
        files, size, oldest = found[one.volume]
        first = await office.state.read(
            partial(recorded.first, volume=one.volume, stream=one.stream)
        )
        starts = [start for start in (oldest, first) if start is not None]
        found[one.volume] = (files + one.files, size + one.bytes, min(starts, default=None))
    return found
