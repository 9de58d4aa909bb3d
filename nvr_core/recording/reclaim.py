"""What a recorder may delete by itself when its disk is full and no server does it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice, takewhile
from pathlib import Path

from nvr_core.recording import retention
from nvr_core.recording.deletion import Deletion
from nvr_core.recording.footage import Footage
from nvr_core.recording.reads import Busy, Reads
from nvr_core.recording.segments import Segment
from nvr_core.recording.volumes import Volumes

log = logging.getLogger(__name__)

MOST = 8192
"""Files on the list, about a megabyte of paths: what 16 cameras record in eight hours, and 100 in
eighty minutes."""


class Reclaim:
    """Keeps recorders told which footage goes first. Call `round` after each round of deletion."""

    def __init__(
        self,
        footage: Footage,
        reads: Reads,
        deletion: Deletion,
        *,
        volumes: Volumes,
        root: Path,
        say: Callable[[tuple[str, ...]], Awaitable[None]],
    ) -> None:
        """root: of the volume that is written to. say: make this the list of all recorders."""
        self._footage = footage
        self._reads = reads
        self._deletion = deletion
        self._volumes = volumes
        self._root = root
        self._say = say
        self._listed: list[Segment] | None = None

    async def round(self) -> None:
        """Forget what a recorder deleted; say a new list when half of the last one is gone."""
        try:
            await self._forget()
            await self._renew()
        except (Busy, OSError) as error:
            log.warning("what recorders may delete could not be told: %s", error)

    async def _forget(self) -> None:
        """Recorders delete in the order of the list, so a look at its beginning tells all."""
        listed = self._known()
        gone = await self._reads.run(lambda: list(takewhile(_missing, listed)))
        if gone:
            await self._deletion.missing(gone)

    async def _renew(self) -> None:
        left = len(self._known())
        if left * 2 > MOST:
            return
        fresh = list(islice(filter(self._ours, retention.oldest(self._footage)), MOST))
        if self._listed is None or left * 2 <= len(fresh):
            await self._say(tuple(one.path for one in fresh))
            self._listed = fresh

    def _known(self) -> list[Segment]:
        listed: Iterable[Segment] = self._listed or ()
        return [one for one in listed if self._footage.segment(one.segment) is one]

    def _ours(self, segment: Segment) -> bool:
        return self._volumes.of(segment.path) == self._root


def _missing(segment: Segment) -> bool:
    return not Path(segment.path).exists()
