"""Pictures of the past: what a camera showed at a moment, from the part that holds it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.recording import playing
from nvr_core.recording.archive import Archive
from nvr_core.recording.footage import Stream
from nvr_core.recording.pictures import WIDTH, NoPicture
from nvr_core.recording.segments import Segment
from nvr_core.wire import pictures
from nvr_core.wire.pictures import PictureWanted

KEPT = 60 * SECOND
"""A picture that was made this short a time ago is given again."""
MOST = 64
"""Pictures that are remembered, those under way among them: some MB."""
UNDER_WAY = 16
"""Pictures that may be under way at a time: the newest ones of all cameras must get through."""
STREAMS = ("main", "sub")
"""The past is that of main; where only sub is held, a ring's half minute is all there is."""


class NothingRecorded(NoPicture):
    """There is no footage of that moment."""


class Past:
    """Asks the analyst, once for all who ask for the same second of a camera."""

    def __init__(self, runtime: Path, archive: Archive, clock: Clock) -> None:
        self._analyst = pictures.Pictures(runtime / "analyst.sock")
        self._archive = archive
        self._clock = clock
        self._made: OrderedDict[tuple[str, int], tuple[int, asyncio.Task[bytes]]] = OrderedDict()

    async def of(self, camera: str, wall: int) -> bytes:
        """A JPEG of what the camera showed at this wall time (µs), or in the same second.

        Raises NoPicture, whose text says why; NothingRecorded when no footage holds the moment.
        """
        now = self._clock.monotonic()
        key = (camera, wall // SECOND)
        made, task = self._made.get(key, (0, None))
        if task is None or now - made > KEPT or (task.done() and task.exception() is not None):
            if sum(not one.done() for _, one in self._made.values()) >= UNDER_WAY:
                raise NoPicture(f"{UNDER_WAY} pictures are being made already; ask again later")
            task = asyncio.create_task(self._make(camera, wall), name=f"picture of {camera}")
            self._made[key] = (now, task)
            self._forget()
        # Whoever hangs up must not take the picture from the others.
        return await asyncio.shield(task)

    async def close(self) -> None:
        for _, task in self._made.values():
            task.cancel()
        await self._analyst.close()

    async def _make(self, camera: str, wall: int) -> bytes:
        for name in STREAMS:
            stream = await self._archive.around(camera, name, wall)
            if (wanted := at_moment(stream, wall)) is not None:
                return await self._analyst.take(wanted)
        raise NothingRecorded("nothing of this camera was recorded at that moment")

    def _forget(self) -> None:
        """Let the oldest go; those under way are never more than UNDER_WAY."""
        for key, (_, task) in list(self._made.items()):
            if len(self._made) <= MOST:
                return
            if task.done():
                del self._made[key]


def at_moment(stream: Stream, wall: int) -> PictureWanted | None:
    """The bytes that hold this moment, and its place in them; None when none do."""
    growing = stream.growing
    if growing is not None and growing.group and growing.group[0].key:
        # What follows the newest key frame is no part yet; its bytes are there all the same.
        group, segment = growing.group, growing.segment
        if segment.wall(group[0].start) <= wall < segment.end:
            size = sum(fragment.size for fragment in group)
            return _from(segment, group[0].offset, size, wall)
    for item in playing.from_moment(stream, wall, most=1):
        segment, part = item.segment, item.parts[-1]
        # Where nothing was recorded, that is the next footage.
        if segment.wall(part.start) <= wall < segment.end:
            return _from(segment, part.offset, part.size, wall)
    return None


def _from(segment: Segment, offset: int, size: int, wall: int) -> PictureWanted:
    return PictureWanted(
        path=segment.path,
        init_size=segment.init_size,
        offset=offset,
        size=size,
        at=segment.tick(wall),
        width=WIDTH,
    )
