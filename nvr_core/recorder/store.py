"""Where segments go: a volume that survives a power cut, or a ring in memory that does not."""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
from collections.abc import Callable
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.recorder import disk, sync
from nvr_core.recorder.options import Options
from nvr_core.recorder.trouble import Trouble, meaning
from nvr_core.recorder.worker import Worker
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause, Durable, Fact, Notice

log = logging.getLogger(__name__)

STUCK = 10 * SECOND
"""A disk that does one piece of work for longer than this is said to hang."""


class Store:
    """A folder with one writer thread. Rings use it as it is, volumes add what a disk needs."""

    ring = True

    def __init__(self, root: Path, loop: asyncio.AbstractEventLoop, options: Options) -> None:
        self.root = root
        self.options = options
        self.writer = Worker(f"writer {root.name}", loop)
        self.trouble: Trouble | None = None

    @property
    def overfull(self) -> bool:
        """More is waiting than may wait: whole fragments must be dropped."""
        return self.writer.waiting > self.options.queue_bytes

    @property
    def relaxed(self) -> bool:
        """Little enough is waiting for a dropped stream to come back."""
        return self.writer.waiting * 4 < self.options.queue_bytes

    def begun(self, key: str) -> None:
        """A file is made under this key: its maker tells how it ends."""

    def given_up(self, key: str) -> None:
        """Its maker tells nothing more of this file: whoever looks at its marker does."""

    def closed(self, announce: Callable[[], object], key: str) -> None:
        """A segment's last byte is written: tell it as soon as it is as durable as it gets."""
        announce()

    def check(self) -> None:
        """In a worker, before a file is made: raise OSError when this is not the place for it."""

    async def stop(self, patience: float) -> bool:
        """Finish what waits. False when the disk did not answer in time."""
        return await self.writer.stop(patience)


class Volume(Store):
    """A store on a disk: marked open files, a sync every second, and an eye on the space left."""

    ring = False

    def __init__(
        self,
        root: Path,
        installation: str,
        loop: asyncio.AbstractEventLoop,
        options: Options,
        clock: Clock,
        tell: Callable[[Fact], object],
        durably: Callable[[Callable[[], object], Callable[[], object]], None],
    ) -> None:
        """durably: calls the first, and the second when what that told is durable too."""
        super().__init__(root, loop, options)
        self._installation = installation
        self._clock = clock
        self._tell = tell
        self._durably = durably
        self._syncer = Worker(f"sync {root.name}", loop)
        self._syncing_since: int | None = None
        self._written = 0
        self._waiting: list[tuple[Callable[[], object], str]] = []
        self._device: int | None = None
        """Of the file system that was seen last; another number is another mount."""
        self.own: set[str] = set()
        """Marked files whose end is told in this start without anybody's looking at them."""
        self.changed: Callable[[Trouble | None], None] = lambda trouble: None
        """Called when the volume becomes unusable, or usable again."""
        self.durable_through = 0
        self.reclaim: tuple[str, ...] = ()
        """Paths below the root of files that are garbage already."""
        self._unfit: set[str] = set()
        """Those of them that could not be deleted."""

    def begun(self, key: str) -> None:
        self.own.add(key)

    def given_up(self, key: str) -> None:
        self.own.discard(key)

    def closed(self, announce: Callable[[], object], key: str) -> None:
        self.own.add(key)
        self._waiting.append((announce, key))

    def check(self) -> None:
        """Raise OSError, with a sentence, unless the folder is a volume of this installation."""
        sentence = volume.check(self.root, self._installation)
        if sentence:
            raise OSError(errno.ENODEV, sentence)

    def unmark(self, key: str) -> None:
        """The segment is told and durable, or not there at all: nobody must look for it again."""

        def done(_: None, error: Exception | None) -> None:
            if error is None:
                self.own.discard(key)

        self.writer.submit(lambda: disk.unmark(self.root, key), done)

    def tick(self) -> None:
        """Once a second: begin a sync, unless the last one still runs."""
        now = self._clock.monotonic()
        if self._syncing_since is None:
            batch, self._waiting = self._waiting, []
            self._syncing_since = now
            # What still waits for the writer is not on the disk, however well that syncs.
            through = self._clock.wall() - int(self.writer.behind() * SECOND)
            written, self._written = self._written, self.writer.submitted
            dirty = bool(batch) or written != self._written

            def synced(found: tuple[int, Trouble | None] | None, error: Exception | None) -> None:
                self._synced(batch, through, found, error)

            self._syncer.submit(lambda: self._sync(dirty), synced)
        if self._hangs(now) and self.trouble is None:
            self._set(
                Trouble(
                    Cause.DISK_SLOW,
                    f"{self.root} has not answered for {STUCK // SECOND} s; "
                    "check the disk, or the network it is mounted over",
                )
            )

    def _hangs(self, now: int) -> bool:
        """A write, a look or a sync has taken too long, and still runs."""
        syncing = self._syncing_since
        return self.writer.busy_for() * SECOND > STUCK or (
            syncing is not None and now - syncing > STUCK
        )

    def note(self, trouble: Trouble) -> None:
        """A writer met this trouble: nothing more is tried until the disk looks well again."""
        self._set(trouble)

    async def settle(self, patience: float) -> bool:
        """Write what waits, sync once more, and tell what became durable by that."""
        try:
            async with asyncio.timeout(patience):
                await self.writer.idle()
                await self._syncer.idle()
                self.tick()
                await self._syncer.idle()
        except TimeoutError:
            return False
        return True

    async def stop(self, patience: float) -> bool:
        written = await super().stop(patience)
        return await self._syncer.stop(patience) and written

    def _sync(self, dirty: bool) -> tuple[int, Trouble | None]:
        found = self._look()
        if dirty and (found[1] is None or found[1].cause == Cause.DISK_FULL):
            sync.sync_file_system(self.root)
        return found

    def _look(self) -> tuple[int, Trouble | None]:
        """Free bytes, and what is wrong with the volume as a whole."""
        sentence = volume.check(self.root, self._installation)
        if sentence:
            self._device = None
            return 0, Trouble(Cause.DISK_LOST, sentence)
        before, self._device = self._device, sync.device_of(self.root)
        if before not in (None, self._device):
            # What is open lies on the other one: it is given up, and the next look is well.
            return 0, Trouble(
                Cause.DISK_LOST,
                f"another disk, ours too, is mounted at {self.root} than a second ago; "
                "recording goes on there",
            )
        free = sync.free_bytes(self.root)
        full = self.trouble is not None and self.trouble.cause == Cause.DISK_FULL
        reserve = self.options.reserve_bytes * (2 if full else 1)
        if free < reserve:
            self._unfit.intersection_update(self.reclaim)
            for path in self.reclaim:
                free += self._reclaim(path)
                if free >= reserve:
                    break
        if free < reserve:
            return free, Trouble(
                Cause.DISK_FULL,
                f"{self.root} has {free >> 20} MiB left, less than the reserve of "
                f"{reserve >> 20} MiB; remove what is not Ronda's from that disk, or "
                "lower limit in ronda.toml, [storage], and restart the server",
            )
        return free, None

    def _reclaim(self, path: str) -> int:
        """Bytes that deleting this file has freed. What cannot be deleted is said once."""
        why = "it is no file of this volume"
        try:
            freed = sync.reclaim(self.root, Path(path))
        except OSError as error:
            freed, why = None, str(error)
        if freed is None and path not in self._unfit:
            self._unfit.add(path)
            log.warning("%s is garbage, and cannot be deleted: %s", path, why)
        return freed or 0

    def _synced(
        self,
        batch: list[tuple[Callable[[], object], str]],
        through: int,
        found: tuple[int, Trouble | None] | None,
        error: Exception | None,
    ) -> None:
        began, self._syncing_since = self._syncing_since, None
        if error is not None or found is None:
            self._waiting = batch + self._waiting
            self._set(meaning(self.root, error or OSError("no answer")))
            return
        if found[1] is None or found[1].cause == Cause.DISK_FULL:
            self.durable_through = through
            took = self._clock.monotonic() - (began or 0)
            self._tell(Durable(volume=str(self.root), through=through, sync_us=took))
            for announce, key in batch:
                self._durably(announce, functools.partial(self.unmark, key))
        else:
            self._waiting = batch + self._waiting
        if not self._hangs(self._clock.monotonic()):
            self._set(found[1])

    def _set(self, trouble: Trouble | None) -> None:
        if trouble == self.trouble:
            return
        same = trouble and self.trouble and trouble.cause == self.trouble.cause
        self.trouble = trouble
        if same:
            return
        sentence = trouble.sentence if trouble else f"{self.root} can be written again"
        code = str(trouble.cause) if trouble else "disk-well"
        self._tell(Notice(code=code, sentence=sentence))
        self.changed(trouble)
