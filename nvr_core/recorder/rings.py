"""The newest half minute of streams that no volume keeps, in memory, bounded as a whole."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.recorder import disk, sync
from nvr_core.recorder.options import Options
from nvr_core.recorder.store import Store
from nvr_core.wire.facts import Fact, Notice, SegmentClosed, SegmentGone

QUIET = 60 * SECOND
"""Memory that took all writes for so long works again: its next failure is told again."""


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class Rings(Store):
    """All rings of one recorder: one writer, one limit, a queue of closed segments a stream."""

    def __init__(
        self,
        root: Path,
        loop: asyncio.AbstractEventLoop,
        options: Options,
        clock: Clock,
        tell: Callable[[Fact], object],
    ) -> None:
        super().__init__(root, loop, options)
        self._loop = loop
        self._clock = clock
        self._tell = tell
        self._limit = min(options.ring_bytes, memory_bytes() // 4)
        self._free: int | None = None
        """Bytes that the file system of the rings had free when it was last looked at."""
        self._rings: dict[str, deque[SegmentClosed]] = {}
        self._seconds: dict[str, int] = {}
        self._short = False
        self._failed_at: int | None = None
        self.writer.submit(lambda: disk.clear(root))

    def alone(self, after: float = 0.0) -> None:
        """No recorder writes to the rings beside these any more: they go, after so many seconds.

        Those that a successor makes meanwhile do not.
        """

        def found(others: list[Path] | None, _: Exception | None) -> None:
            if others:
                self._loop.call_later(after, remove, others)

        def remove(others: list[Path]) -> None:
            self.writer.submit(lambda: disk.remove_folders(others))

        self.writer.submit(lambda: disk.rings_beside(self.root), found)

    def hold(self, stream: str, seconds: int) -> None:
        """Keep this much of a stream."""
        self._seconds[stream] = seconds

    def release(self, stream: str) -> None:
        """Nobody wants the stream any more."""
        self._seconds.pop(stream, None)
        for fact in self._rings.pop(stream, ()):
            self.age(fact)

    def add(self, fact: SegmentClosed) -> None:
        """A ring segment was closed."""
        self._rings.setdefault(f"{fact.camera}/{fact.stream}", deque()).append(fact)

    def take(self, stream: str, run: str) -> list[SegmentClosed]:
        """Hand over a run's segments, oldest first: they are to be kept on a volume now."""
        ring = self._rings.get(stream, deque())
        taken = [fact for fact in ring if fact.run == run]
        self._rings[stream] = deque(fact for fact in ring if fact.run != run)
        return taken

    def present(self) -> Iterator[Fact]:
        """What the rings hold now."""
        for ring in self._rings.values():
            yield from ring

    def tick(self) -> None:
        """Let go of what is older than wanted, and of more when all rings are too large.

        What lies in the future was recorded before the clock was set back: it goes as well.
        """
        now = self._clock.wall()
        for stream, ring in self._rings.items():
            oldest = now - self._seconds.get(stream, 0) * SECOND
            while ring and (_end(ring[0]) < oldest or ring[0].start > now + SECOND):
                self.age(ring.popleft())
        self._shorten()
        self.writer.submit(lambda: sync.free_bytes(self.root), self._looked)

    def note(self, error: Exception) -> None:
        """Memory did not take a write: told once, until it has worked for a while."""
        now, before = self._clock.monotonic(), self._failed_at
        self._failed_at = now
        if before is None or now - before > QUIET:
            self._tell(
                Notice(
                    code="memory-full",
                    sentence=f"{self.root} cannot be written ({error}); what is only held in "
                    "memory has holes; add memory, or keep fewer streams there",
                )
            )

    def discard(self, path: Path) -> None:
        """Remove a file that was copied, or that aged."""
        self.writer.submit(lambda: disk.remove(path))

    def age(self, fact: SegmentClosed) -> None:
        """A segment is no longer held."""
        self.discard(Path(fact.path))
        self._tell(SegmentGone(segment=fact.segment, path=fact.path, why="aged", ring=True))

    def _looked(self, free: int | None, error: Exception | None) -> None:
        if error is None:
            self._free = free

    def _most(self, size: int) -> int:
        """Bytes that all rings together may hold while they hold `size`.

        No more than is still free where they lie, for Debian's /run is small and others need it.
        A second recorder there does the same, so that each may end up with a third.
        """
        if self._free is None:
            return self._limit
        return min(self._limit, (size + self._free) // 2)

    def _shorten(self) -> None:
        """Take the oldest of the longest ring until all rings together are within the limit."""
        size = sum(fact.size for ring in self._rings.values() for fact in ring)
        limit = self._most(size)
        if size > limit and not self._short:
            self._short = True
            self._tell(
                Notice(
                    code="rings-shortened",
                    sentence=f"what is held in memory exceeds {limit >> 20} MiB, all that "
                    f"{self.root} has for it; the longest streams keep less than was asked",
                )
            )
        elif size * 4 < limit * 3:
            self._short = False
        while size > limit:
            fact = max(self._rings.values(), key=_span).popleft()
            size -= fact.size
            self.age(fact)


def _end(fact: SegmentClosed) -> int:
    return fact.start + fact.duration


def _span(ring: deque[SegmentClosed]) -> int:
    return _end(ring[-1]) - ring[0].start if ring else -1
