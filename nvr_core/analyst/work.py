"""One thread that draws, and the watch over it: what hangs in native code ends the process."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable

from nvr_core.wire.pictures import NoPicture, PictureWanted

QUEUE_LIMIT = 32
"""Requests that may wait; one more is refused."""


class Work:
    """Draws one picture after the other. Made, used and stopped on one event loop.

    A thread cannot be ended from outside, so a drawing that does not come back within `patience`
    seconds is reported to `overdue`, which ends the process; its parent starts another.
    """

    def __init__(
        self,
        draw: Callable[[PictureWanted], bytes],
        *,
        patience: float,
        overdue: Callable[[str], object],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._draw = draw
        self._patience = patience
        self._overdue = overdue
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._watch: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name="draw", daemon=True)
        self._thread.start()

    async def do(self, wanted: PictureWanted) -> bytes:
        """The JPEG. Raises NoPicture. Cancelled before its turn, it is never drawn."""
        if self._waiting.qsize() >= QUEUE_LIMIT:
            raise NoPicture(f"{QUEUE_LIMIT} pictures are waiting already; ask again later")
        job = _Job(wanted, self._loop.create_future())
        self._waiting.put(job)
        try:
            return await job.answer
        finally:
            job.left = True

    def stop(self) -> None:
        """Draw nothing further. The drawing that is under way is left alone."""
        self._waiting.put(None)
        self._finished()

    def _run(self) -> None:
        # Once the loop is closed nobody waits for anything.
        with contextlib.suppress(RuntimeError):
            while (job := self._waiting.get()) is not None:
                if job.left:
                    continue
                self._loop.call_soon_threadsafe(self._begun, job)
                try:
                    jpeg = self._draw(job.wanted)
                except Exception as error:
                    self._loop.call_soon_threadsafe(self._failed, job, error)
                else:
                    self._loop.call_soon_threadsafe(self._drawn, job, jpeg)

    def _begun(self, job: _Job) -> None:
        why = f"a picture of {job.wanted.path} took more than {self._patience:g} s"
        self._watch = self._loop.call_later(self._patience, self._overdue, why)

    def _finished(self) -> None:
        if self._watch is not None:
            self._watch.cancel()

    def _drawn(self, job: _Job, jpeg: bytes) -> None:
        self._finished()
        if not job.answer.done():
            job.answer.set_result(jpeg)

    def _failed(self, job: _Job, error: Exception) -> None:
        self._finished()
        if not job.answer.done():
            job.answer.set_exception(error)


class _Job:
    """A request in the queue, and where its answer goes."""

    __slots__ = ("answer", "left", "wanted")

    def __init__(self, wanted: PictureWanted, answer: asyncio.Future[bytes]) -> None:
        self.wanted = wanted
        self.answer = answer
        self.left = False
        """Nobody waits any more."""
