"""From a thread that reads to the loop that records: frames in batches, bounded in bytes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from nvr_core.media.track import FrameSink, TrackConfig
from nvr_core.recorder.interruption import Interrupted

LIMIT = 32 << 20
"""Bytes that may wait for the loop; then the thread waits, and FFmpeg, and the sender."""


class HandOver:
    """The thread puts, the loop takes; each sink is called on the loop only, in order."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        batch: Callable[[int], None] | None,
        broken: Callable[[Exception], None],
        limit: int = LIMIT,
    ) -> None:
        """batch: told the bytes of each batch, after its frames. broken: what a sink raised.

        Whatever a sink raises, nothing follows it.
        """
        self._loop = loop
        self._batch = batch
        self._broken = broken
        self._limit = limit
        self._room = threading.Condition()
        self._calls: list[Callable[[], None]] = []
        self._bytes = 0
        self._scheduled = False
        self._closed = False

    def lane(self, sink: FrameSink) -> Lane:
        """The thread's end of a sink."""
        return Lane(self, sink)

    def put(self, call: Callable[[], None], size: int = 0) -> None:
        """From the thread: have this called. Raises Interrupted once closed."""
        with self._room:
            self._room.wait_for(lambda: self._closed or self._bytes <= self._limit)
            if self._closed:
                raise Interrupted
            self._calls.append(call)
            self._bytes += size
            if self._scheduled:
                return
            self._scheduled = True
        self._wake(self._take)

    def close(self) -> None:
        """Deliver nothing further, and let no thread wait. Idempotent."""
        with self._room:
            self._closed = True
            self._calls.clear()
            self._room.notify_all()

    def finish(self, last: Callable[[], None]) -> None:
        """From the thread: have this called after all else, also when closed."""

        def end() -> None:
            self._take()
            last()

        self._wake(end)

    def _wake(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            # The loop is closed: the program ends, and nobody waits for frames any more.
            self.close()

    def _take(self) -> None:
        with self._room:
            calls, self._calls = self._calls, []
            size, self._bytes = self._bytes, 0
            self._scheduled = False
            self._room.notify_all()
        try:
            for call in calls:
                if self._closed:
                    return
                call()
            if calls and self._batch is not None:
                self._batch(size)
        except Exception as error:
            self.close()
            self._broken(error)


class Lane:
    """A FrameSink for the thread's side."""

    def __init__(self, over: HandOver, sink: FrameSink) -> None:
        self._over = over
        self._sink = sink
        self._config: TrackConfig | None = None

    def configure(self, config: TrackConfig) -> None:
        """Passed on when it differs from the last: each chapter of a feed says its own anew."""
        if config != self._config:
            self._config = config
            self._over.put(lambda: self._sink.configure(config))

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        self._over.put(lambda: self._sink.frame(pts, key, data, damaged), len(data))
