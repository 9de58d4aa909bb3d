"""The newest half minute of streams that no volume keeps, in memory, bounded as a whole."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.recorder import disk
from nvr_core.recorder.options import Options
from nvr_core.recorder.store import Store
from nvr_core.wire.facts import Fact, Notice, SegmentClosed, SegmentGone


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
        self._clock = clock
        self._tell = tell
        self._limit = min(options.ring_bytes, memory_bytes() // 4)
        self._rings: dict[str, deque[SegmentClosed]] = {}
        self._seconds: dict[str, int] = {}
        self._short = False
        self.writer.submit(lambda: disk.clear(root))

    def hold(self, stream: str, seconds: int) -> None:
        """Keep this much of a stream."""
        self._seconds[stream] = seconds

    def release(self, stream: str) -> None:
        """Nobody wants the stream any more."""
        self._seconds.pop(stream, None)
        for fact in self._rings.pop(stream, ()):
            self._age(fact)

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
        """Let go of what is older than wanted, and of more when all rings are too large."""
        now = self._clock.wall()
        size = sum(fact.size for ring in self._rings.values() for fact in ring)
        share = min(1.0, self._limit / size) if size else 1.0
        if (share < 1.0) != self._short:
            self._short = share < 1.0
            if self._short:
                self._tell(
                    Notice(
                        code="rings-shortened",
                        sentence=f"what is held in memory exceeds {self._limit >> 20} MiB; "
                        "every stream keeps less than was asked",
                    )
                )
        for stream, ring in self._rings.items():
            span = int(self._seconds.get(stream, 0) * SECOND * share)
            while ring and ring[0].start + ring[0].duration < now - span:
                self._age(ring.popleft())

    def discard(self, path: Path) -> None:
        """Remove a file that was copied, or that aged."""
        self.writer.submit(lambda: disk.remove(path))

    def _age(self, fact: SegmentClosed) -> None:
        self.discard(Path(fact.path))
        self._tell(SegmentGone(segment=fact.segment, path=fact.path, why="aged"))
