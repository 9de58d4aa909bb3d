"""The newest picture of a camera for whoever asks: one decode serves all who ask at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.recording.footage import Footage, Stream
from nvr_core.wire import pictures
from nvr_core.wire.pictures import NoPicture as NoPicture
from nvr_core.wire.pictures import PictureWanted

FRESH = 2 * SECOND
"""A picture that was made this short a time ago is given again."""
WIDTH = 640


class Newest:
    """Asks the analyst, at most once in FRESH for a camera."""

    def __init__(self, runtime: Path, footage: Footage, clock: Clock) -> None:
        self._analyst = pictures.Pictures(runtime / "analyst.sock")
        self._footage = footage
        self._clock = clock
        self._made: dict[str, tuple[int, asyncio.Task[bytes]]] = {}

    async def of(self, camera: str) -> bytes:
        """A JPEG of the newest key frame, of the smaller stream where there is one.

        Raises NoPicture, whose text says why.
        """
        now = self._clock.monotonic()
        at, task = self._made.get(camera, (0, None))
        if task is None or now - at > FRESH or (task.done() and task.exception() is not None):
            task = asyncio.create_task(self._make(camera))
            self._made[camera] = (now, task)
        # Whoever hangs up must not take the picture from the others.
        return await asyncio.shield(task)

    async def close(self) -> None:
        for _, task in self._made.values():
            task.cancel()
        await self._analyst.close()

    async def _make(self, camera: str) -> bytes:
        for name in ("sub", "main"):
            wanted = _newest(self._footage.stream(camera, name))
            if wanted is not None:
                return await self._analyst.take(wanted)
        raise NoPicture("nothing of this camera is being received now")


def _newest(stream: Stream) -> PictureWanted | None:
    growing = stream.growing
    if growing is None or not growing.group or not growing.group[0].key:
        return None
    first = growing.group[0]
    return PictureWanted(
        path=growing.segment.path,
        init_size=growing.segment.init_size,
        offset=first.offset,
        size=first.size,
        width=WIDTH,
    )
