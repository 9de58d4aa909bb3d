"""A thread that does one store's disk work in order: the event loop never waits for a disk."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

Done = Callable[[Any, Exception | None], None]

PAUSE = 0.02
"""Seconds the thread rests after a batch: many fragments then share one wake-up of each side."""


class Job:
    """One piece of disk work and what the loop does with its outcome."""

    __slots__ = ("at", "done", "owner", "run", "size")

    def __init__(self, run: Callable[[], Any], done: Done | None, size: int, owner: object) -> None:
        self.run = run
        self.done = done
        self.size = size
        self.owner = owner
        self.at = time.monotonic()


class Worker:
    """Jobs in, outcomes back on the loop. Submit, withdraw and stop belong to the loop's thread.

    The queue is bounded by its users through `waiting` (bytes submitted and not yet done):
    only they know what may be dropped.
    """

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[Job] = deque()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = False
        self._busy_since: float | None = None
        self._in_hand: Job | None = None
        self._idle: list[asyncio.Future[None]] = []
        self._pending = 0
        self.waiting = 0
        self.submitted = 0
        """Jobs ever taken: tells whether anything was written since a look."""
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        run: Callable[[], Any],
        done: Done | None = None,
        *,
        size: int = 0,
        owner: object = None,
    ) -> None:
        """Queue a job. An exception of `run` is handed to `done`; without `done` it is lost."""
        self.waiting += size
        self._pending += 1
        self.submitted += 1
        with self._lock:
            self._jobs.append(Job(run, done, size, owner))
        if not self._wake.is_set():
            self._wake.set()

    async def call(self, run: Callable[[], Any]) -> Any:
        """Do one job and wait for its result."""
        future: asyncio.Future[Any] = self._loop.create_future()

        def done(result: Any, error: Exception | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        self.submit(run, done)
        return await future

    def withdraw(self, owner: object) -> tuple[int, int]:
        """Take back the owner's jobs that have not begun. Returns (jobs, bytes)."""
        with self._lock:
            mine = [job for job in self._jobs if job.owner is owner]
            if mine:
                self._jobs = deque(job for job in self._jobs if job.owner is not owner)
        size = sum(job.size for job in mine)
        self.waiting -= size
        self._settle(len(mine))
        return len(mine), size

    def busy_for(self) -> float:
        """Seconds that the job in hand has taken so far: a disk that hangs shows here."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def behind(self) -> float:
        """Seconds since the oldest job that is not done was submitted; 0 when all are done."""
        with self._lock:
            oldest = self._in_hand or (self._jobs[0] if self._jobs else None)
        return 0.0 if oldest is None else time.monotonic() - oldest.at

    async def idle(self) -> None:
        """Return when all that was submitted so far is done and told."""
        if self._pending == 0:
            return
        future: asyncio.Future[None] = self._loop.create_future()
        self._idle.append(future)
        await future

    async def stop(self, patience: float) -> bool:
        """Finish the queue and end the thread; False when the disk did not answer in time."""
        try:
            async with asyncio.timeout(patience):
                await self.idle()
        except TimeoutError:
            return False
        self._ended = True
        self._wake.set()
        return True

    def _settle(self, count: int) -> None:
        self._pending -= count
        if self._pending == 0 and self._idle:
            waiters, self._idle = self._idle, []
            for future in waiters:
                if not future.done():
                    future.set_result(None)

    def _tell(self, outcomes: list[tuple[Job, Any, Exception | None]]) -> None:
        for job, result, error in outcomes:
            self.waiting -= job.size
            if job.done is not None:
                try:
                    job.done(result, error)
                except Exception:
                    # A fault of ours in one outcome takes none of the others with it.
                    log.exception("a fault of Ronda after a piece of disk work")
        self._settle(len(outcomes))

    def _work(self) -> None:
        rest = threading.Event()
        while not self._ended:
            self._wake.wait()
            self._wake.clear()
            self._empty_queue()
            rest.wait(PAUSE)

    def _empty_queue(self) -> None:
        """Do jobs one by one, so that a slow disk leaves the rest where `withdraw` sees them."""
        outcomes: list[tuple[Job, Any, Exception | None]] = []
        told = time.monotonic()
        while True:
            with self._lock:
                job = self._in_hand = self._jobs.popleft() if self._jobs else None
            if job is None:
                break
            self._busy_since = time.monotonic()
            try:
                outcomes.append((job, job.run(), None))
            except Exception as error:
                outcomes.append((job, None, error))
            self._busy_since = self._in_hand = None  # before the loop hears that it is done
            if time.monotonic() - told > PAUSE:
                self._post(outcomes)
                outcomes, told = [], time.monotonic()
        if outcomes:
            self._post(outcomes)

    def _post(self, outcomes: list[tuple[Job, Any, Exception | None]]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell, outcomes)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            self._ended = True
