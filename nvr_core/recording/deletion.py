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
from nvr_core.recording.volumes import Volumes

log = logging.getLogger(__name__)

LATELY = 24 * 3600 * SECOND
"""Gaps younger than this are kept, with or without footage around them."""
SETTLED = 48 * 3600 * SECOND
"""A day's folder of footage younger than this may still be written to."""


class Deletion:
    """Keeps the storage under its limit. Call `round` about once a minute."""

    def __init__(
        self,
        footage: Footage,
        reads: Reads,
        clock: Clock,
        *,
        volumes: Volumes,
        root: Path,
        limit: int | None,
    ) -> None:
        """root: of the volume that is written to. limit: bytes; None: what the disk can spare."""
        self._root = root
        self._volumes = volumes
        self._footage = footage
        self._reads = reads
        self._clock = clock
        self._limit = limit
        self._trouble = ""
        self._looked = False

    async def round(self) -> int:
        """Delete what is too much. Returns how many files went.

        Only volumes that are there count, and nothing is deleted while the one that is written to
        is not. A file that cannot be deleted stays in the index and is tried again in the next
        round. A crash between the two leaves a segment without a file; the first round looks for
        such ones, and for what went while no server ran.
        """
        try:
            there = await self._reads.run(self._volumes.there)
            if self._root not in there:
                self._say(await self._reads.run(lambda: self._volumes.trouble(self._root)))
                return 0
            if not self._looked:
                await self.missing([one for one in self._footage if one.closed])
                self._looked = True
            kept = [
                one for one in self._footage if not one.ring and self._volumes.of(one.path) in there
            ]
            limit = self._limit or await self._spare(kept)
            gone = retention.excess(kept, limit)
            done = await self._reads.run(lambda: self._unlink(gone))
        except (Busy, OSError) as error:
            self._say(f"the storage could not be looked at: {error}")
            return 0
        self._say("")
        for segment in done:
            self._footage.forget(segment.segment)
        # What went missing lately is worth knowing even when its surroundings are gone.
        lately = self._clock.wall() - LATELY
        self._footage.forget_gaps(min([lately, *(one.start for one in self._footage)]))
        return len(done)

    async def missing(self, segments: Iterable[Segment]) -> int:
        """Forget those segments whose file is gone. Returns how many.

        A volume that is not mounted has lost nothing. Raises Busy, OSError.
        """
        paths = {one.path: one.segment for one in segments if not one.ring}
        lost = await self._reads.run(lambda: self._volumes.absent(paths))
        for path in lost:
            self._footage.forget(paths[path])
        if lost:
            log.info("%d files that the journal names have been deleted since", len(lost))
        return len(lost)

    async def _spare(self, kept: Iterable[Segment]) -> int:
        """Nine tenths of what the disk would have free without our footage."""
        ours = sum(one.size for one in kept if self._volumes.of(one.path) == self._root)
        disk = await self._reads.run(lambda: os.statvfs(self._root))
        return (disk.f_bavail * disk.f_frsize + ours) * 9 // 10

    def _say(self, trouble: str) -> None:
        """Log what is wrong once, not in every round."""
        if trouble and trouble != self._trouble:
            log.warning("%s; nothing is deleted", trouble)
        self._trouble = trouble

    def _unlink(self, segments: Sequence[Segment]) -> list[Segment]:
        done: list[Segment] = []
        missing: dict[str, Segment] = {}
        for segment in segments:
            try:
                Path(segment.path).unlink()
            except FileNotFoundError:
                missing[segment.path] = segment
            except OSError as error:
                log.error("%s cannot be deleted (%s); check the disk", segment.path, error)
            else:
                done.append(segment)
        # The disk may have gone in the middle: what cannot be seen is not deleted.
        done += [missing[path] for path in self._volumes.absent(missing)]
        _sync({Path(segment.path).parent for segment in done})
        settled = self._clock.wall() - SETTLED
        _remove_empty({Path(segment.path).parent for segment in done if segment.start < settled})
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
