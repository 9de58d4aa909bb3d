"""A volume's open files are repaired beside the recording, and the ledger is corrected by them."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.media.errors import MediaError
from nvr_core.recorder import disk, history
from nvr_core.recorder.clockwatch import boot_id
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.repair import Step, onward, repair
from nvr_core.recorder.store import Volume
from nvr_core.recorder.trouble import Trouble
from nvr_core.recorder.worker import Worker
from nvr_core.wire.facts import Cause, Fact, Notice, SegmentClosed, SegmentGone

log = logging.getLogger(__name__)

Outcome = SegmentClosed | SegmentGone | None


def stream_of(key: str) -> str:
    """The stream that a segment's key begins with: '<camera>/<stream>'."""
    return "/".join(key.split("/", 2)[:2])


class Repairs:
    """Repairs one volume's open files beside the recording, one file at a time."""

    def __init__(
        self,
        volume: Volume,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        tell: Callable[[Fact], object],
        past: history.Past,
        step: Step = onward,
    ) -> None:
        self._volume = volume
        self._step = step
        self._clock = clock
        self._tell = tell
        self._past = past
        self._worker = Worker(f"repair {volume.root.name}", loop)
        self._began = clock.wall()
        self._begun = False
        self._trouble: Trouble | None = None
        """What kept the volume from being written last, in this start."""
        self._left: defaultdict[str, set[str]] = defaultdict(set)
        """Keys of the files that are still to be looked at, by stream."""
        self._since: dict[str, int] = {}
        """By stream: wall time from which on the ledger may be wrong."""

    def again(self, ledger: Ledger) -> None:
        """The volume can be written (again): look for files that nobody closed."""
        if self._begun:
            return
        self._begun = True
        self._worker.submit(self._list, lambda keys, error: self._listed(keys, error, ledger))

    def once_more(self, ledger: Ledger) -> None:
        """Somebody else who wrote here has left files open."""
        if self._volume.trouble is None:
            self._begun = False
            self.again(ledger)

    def rest(self, trouble: Trouble) -> None:
        """The volume went away: what was left open on it is looked for when it is back."""
        self._begun, self._trouble = False, trouble

    async def idle(self) -> None:
        """Return when everything that was found has been looked at."""
        await self._worker.idle()

    async def stop(self, patience: float = 5.0) -> None:
        """What is not repaired yet waits for the next start."""
        self._worker.withdraw(self)
        await self._worker.stop(patience)

    def _list(self) -> list[str]:
        """In the worker: nothing is touched on a volume that is not ours."""
        self._volume.check()
        return disk.open_keys(self._volume.root)

    def _repair(self, key: str, name: str) -> Outcome:
        """In the worker."""
        if not name and not disk.marked(self._volume.root, key):
            return None  # its maker has told it meanwhile
        outcome = repair(self._volume.root, key, name, self._step)
        if isinstance(outcome, SegmentGone):
            self._volume.check()  # or all files are missing, because the disk is
        return outcome

    def _listed(self, keys: list[str] | None, error: Exception | None, ledger: Ledger) -> None:
        if error is not None or keys is None:
            log.error("open files of %s could not be listed: %s", self._volume.root, error)
            self._begun = False
            return
        names = self._told_open()
        # Another recorder may write to this volume too, and repairs what it has left itself.
        own = {key for key in keys if ledger.knows(stream_of(key))}
        # Nor is what this start has made, or repaired, told a second time.
        wanted = sorted({*own, *names} - self._volume.own)
        self._worker.withdraw(self)
        self._left.clear()
        self._since.clear()
        for key in wanted:
            self._left[stream_of(key)].add(key)
            self._worker.submit(
                functools.partial(self._repair, key, names.get(key, "")),
                functools.partial(self._repaired, ledger, key),
                owner=self,
            )

    def _told_open(self) -> dict[str, str]:
        """Ids by key of the segments that were told as opened on this volume, and no more."""
        root = self._volume.root
        return {
            str(Path(fact.path).relative_to(root)): fact.segment
            for fact in self._past.open_segments.values()
            if Path(fact.path).is_relative_to(root)
        }

    def _repaired(self, ledger: Ledger, key: str, fact: Outcome, error: Exception | None) -> None:
        if isinstance(error, MediaError):
            self._tell(
                Notice(
                    code="foreign-file",
                    sentence=f"{self._volume.root / key} is not a segment ({error}); "
                    "it was left as it is",
                )
            )
        elif error is not None:
            log.error("%s could not be repaired: %s", key, error)
            self._begun = False
            return  # its stream is not settled: the next look does that
        elif key in self._volume.own:
            pass  # it was looked at twice
        elif isinstance(fact, SegmentClosed):
            self._note(fact.segment, key, fact.start)
            ledger.footage(stream_of(key), fact.start, fact.start + fact.duration)
            self._volume.closed(lambda: self._tell(fact), key)
        elif fact is not None:
            self._note(fact.segment, key, self._clock.wall())
            if fact.segment:
                self._tell(fact)
            self._volume.unmark(key)
        self._settle(ledger, key)

    def _note(self, segment: str, key: str, start: int) -> None:
        told = self._past.open_segments.pop(segment, None)
        if told is not None:
            start = min(start, told.start)
        stream = stream_of(key)
        self._since[stream] = min(self._since.get(stream, start), start)

    def _settle(self, ledger: Ledger, key: str) -> None:
        """With the last file of a stream it is known where nothing was kept."""
        stream = stream_of(key)
        self._left[stream].discard(key)
        if not self._left[stream] and stream in self._since:
            ledger.settle(stream, self._why, self._since.pop(stream))

    def _why(self, wall: int) -> tuple[Cause, str]:
        """Before this start the recorder was away; since then the disk was."""
        if self._trouble is None or wall < self._began:
            return history.stop_cause(self._past, boot_id()), history.ABSENT
        return self._trouble.cause, self._trouble.sentence
