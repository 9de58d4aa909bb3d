"""Files that a crash left open are cut to their last whole fragment, closed, and told."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from nvr_core.clock import SECOND, Clock
from nvr_core.media import reading, segment, torn
from nvr_core.media.errors import MediaError
from nvr_core.recorder import disk, history
from nvr_core.recorder.clockwatch import boot_id
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.store import Volume
from nvr_core.recorder.worker import Worker
from nvr_core.wire.facts import Fact, Notice, Part, SegmentClosed, SegmentGone

log = logging.getLogger(__name__)

CHUNK = 1 << 20


def repair(root: Path, key: str) -> SegmentClosed | SegmentGone | None:
    """Close one file. None when somebody else holds it.

    Blocks; raises OSError when the disk does not do its part, MediaError for a file that is not
    a segment at all: it is left alone then.
    """
    path = root / key
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError:
        return SegmentGone(segment="", path=str(path), why="missing")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        found = reading.read(file)
        opening = found.opening
        fragments = tuple(found.fragments)
        # A cut may keep the closing boxes and lose pages before them: the hash tells.
        closing = found.closing if reading.verify(file) else None
        if closing is None:
            whole = torn.whole_fragments(file, found)
            fragments = fragments[:whole]
        if opening is None or not fragments:
            path.unlink()
            name = opening.segment if opening is not None else ""
            return SegmentGone(segment=name, path=str(path), why="empty")
        if closing is None:
            closing = _close(file, found, fragments)
        return _told(path, found, opening, closing, fragments)


def _close(
    file: BinaryIO, found: reading.Segment, fragments: tuple[segment.FragmentEntry, ...]
) -> segment.Closing:
    end = fragments[-1].offset + fragments[-1].size
    file.truncate(end)
    digest = hashlib.sha256()
    file.seek(0)
    left = end
    while left and (piece := file.read(min(CHUNK, left))):
        digest.update(piece)
        left -= len(piece)
    ticks = fragments[-1].start + fragments[-1].duration - fragments[0].start
    closing = segment.Closing(
        start=found.start,
        duration_us=ticks * SECOND // found.timescale,
        frames=sum(fragment.frames for fragment in fragments),
        no_key=not fragments[0].key,
        repaired=True,
        sha256=digest.hexdigest(),
    )
    file.seek(end)
    file.write(segment.closing_boxes(closing, fragments))
    os.fdatasync(file.fileno())
    return closing


def _told(
    path: Path,
    found: reading.Segment,
    opening: segment.Opening,
    closing: segment.Closing,
    fragments: tuple[segment.FragmentEntry, ...],
) -> SegmentClosed:
    return SegmentClosed(
        camera=opening.camera,
        stream=opening.stream,
        run=opening.run,
        segment=opening.segment,
        recorder_start=opening.recorder_start,
        sequence=opening.sequence,
        path=str(path),
        ring=False,
        start=closing.start,
        duration=closing.duration_us,
        frames=closing.frames,
        size=path.stat().st_size,
        sha256=closing.sha256,
        parts=tuple(
            Part(offset=part.offset, size=part.size, start=part.start, duration=part.duration)
            for part in segment.parts(fragments)
        ),
        codec=opening.codec,
        timescale=found.timescale,
        init_size=found.init_size,
        base=fragments[0].start,
        width=found.width,
        height=found.height,
        lost_packets=closing.lost_packets,
        damaged_frames=closing.damaged_frames,
        no_key=closing.no_key,
        repaired=True,
    )


class Repairs:
    """Repairs one volume's open files beside the recording, one file at a time."""

    def __init__(
        self,
        volume: Volume,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        tell: Callable[[Fact], object],
        past: history.Past,
    ) -> None:
        self._volume = volume
        self._clock = clock
        self._tell = tell
        self._past = past
        self._worker = Worker(f"repair {volume.root.name}", loop)
        self._begun = False

    def again(self, ledger: Ledger) -> None:
        """The volume can be written (again): look for files that nobody closed."""
        if self._begun:
            return
        self._begun = True
        self._worker.submit(
            lambda: disk.open_keys(self._volume.root),
            lambda keys, error: self._listed(keys, error, ledger),
        )

    def rest(self) -> None:
        """The volume went away: what was left open on it is looked for when it is back."""
        self._begun = False

    async def stop(self) -> None:
        """What is not repaired yet waits for the next start."""
        self._worker.withdraw(self)
        await self._worker.stop(5.0)

    def _listed(self, keys: list[str] | None, error: Exception | None, ledger: Ledger) -> None:
        if error is not None or keys is None:
            log.error("open files of %s could not be listed: %s", self._volume.root, error)
            self._begun = False
            return
        for key in keys:
            self._worker.submit(
                functools.partial(repair, self._volume.root, key),
                functools.partial(self._repaired, ledger, key),
                owner=self,
            )

    def _repaired(
        self,
        ledger: Ledger,
        key: str,
        fact: SegmentClosed | SegmentGone | None,
        error: Exception | None,
    ) -> None:
        if isinstance(error, MediaError):
            self._tell(
                Notice(
                    code="foreign-file",
                    sentence=f"{self._volume.root / key} is not a segment ({error}); "
                    "it was left as it is",
                )
            )
            return
        if error is not None:
            log.error("%s could not be repaired: %s", key, error)
            self._begun = False
            return
        if isinstance(fact, SegmentClosed):
            self._volume.closed(lambda: self._tell(fact), key)
            self._missed(fact, ledger)
        elif fact is not None:
            if fact.segment:
                self._tell(fact)
            self._volume.unmark(key)

    def _missed(self, fact: SegmentClosed, ledger: Ledger) -> None:
        """From the end of what the file holds until the first new frame nothing was kept."""
        stream = f"{fact.camera}/{fact.stream}"
        cause = history.stop_cause(self._past, boot_id())
        wall = self._clock.wall()
        end = min(fact.start + fact.duration, wall)
        ledger.recall(
            stream,
            cause,
            history.ABSENT,
            since=(end, self._clock.monotonic() - (wall - end)),
        )
