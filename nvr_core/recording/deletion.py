"""Deleting what the retention rule names: files first, then the index, then the journal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.recording import retention
from nvr_core.recording.footage import Footage
from nvr_core.recording.reads import Busy, Reads
from nvr_core.recording.segments import Segment
from nvr_core.wire import volume

log = logging.getLogger(__name__)

LATELY = 24 * 3600 * SECOND
"""Gaps younger than this are kept, with or without footage around them."""
SETTLED = 48 * 3600 * SECOND
"""A day's folder of footage younger than this may still be written to."""


class Deletion:
    """Keeps the storage under its limit. Call `round` about once a minute."""

    def __init__(
        self, footage: Footage, reads: Reads, clock: Clock, *, root: Path, limit: int | None
    ) -> None:
        """root: of the volume that is written to. limit: bytes; None: what the disk can spare."""
        self._root = root
        self._footage = footage
        self._reads = reads
        self._clock = clock
        self._limit = limit

    async def round(self) -> int:
        """Delete what is too much. Returns how many files went.

        A file that cannot be deleted stays in the index and is tried again in the next round; a
        crash between the two leaves a segment without a file, which `missing` finds.
        """
        try:
            limit = self._limit or await self._spare()
            gone = retention.excess(self._footage, limit)
            done = await self._reads.run(lambda: self._unlink(gone))
        except (Busy, OSError) as error:
            log.warning("the storage could not be looked at: %s", error)
            return 0
        for segment in done:
            self._footage.forget(segment.segment)
        # What went missing lately is worth knowing even when its surroundings are gone.
        lately = self._clock.wall() - LATELY
        self._footage.forget_gaps(min([lately, *(one.start for one in self._footage)]))
        return len(done)

    async def missing(self) -> int:
        """Forget closed segments of the volume whose file is not there. Returns how many.

        A volume that is not mounted has lost nothing.
        """
        ours = f"{self._root}/"
        closed = [one for one in self._footage if one.closed and one.path.startswith(ours)]
        lost = await self._reads.run(lambda: self._missing(closed))
        for segment in lost:
            self._footage.forget(segment.segment)
        if lost:
            log.info("%d files that the journal names have been deleted since", len(lost))
        return len(lost)

    async def _spare(self) -> int:
        """Nine tenths of what the disk would have free without our footage."""
        kept = sum(segment.size for segment in self._footage if not segment.ring)
        disk = await self._reads.run(lambda: os.statvfs(self._root))
        return (disk.f_bavail * disk.f_frsize + kept) * 9 // 10

    def _missing(self, segments: Iterable[Segment]) -> list[Segment]:
        lost = [segment for segment in segments if not Path(segment.path).exists()]
        return lost if (self._root / volume.NAME).exists() else []

    def _unlink(self, segments: Sequence[Segment]) -> list[Segment]:
        done = []
        folders = set()
        for segment in segments:
            path = Path(segment.path)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.error("%s cannot be deleted (%s); check the disk", path, error)
                continue
            done.append(segment)
            if segment.start < self._clock.wall() - SETTLED:
                folders.add(path.parent)
        _sync({Path(segment.path).parent for segment in done})
        _remove_empty(folders)
        return done


def _sync(folders: Iterable[Path]) -> None:
    for folder in folders:
        try:
            file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove day folders that are empty, and the month and year above them."""
    for folder in folders:
        for level in (folder, folder.parent, folder.parent.parent):
            try:
                level.rmdir()
            except OSError:
                break
