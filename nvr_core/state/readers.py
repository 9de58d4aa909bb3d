"""A few threads that read, each from one moment of the database, without stopping the writer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from sqlalchemy import Connection, Engine

from nvr_core.state.errors import Busy, Closed

THREADS = 3
WAITING = 64
"""Questions that may wait for a thread."""

T = TypeVar("T")


class Readers:
    """Runs questions beside the event loop, bounded in threads and in waiting."""

    def __init__(self, engine: Engine, *, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="catalogue-reader")
        self._places = BoundedSemaphore(threads + waiting)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run work(connection) in a transaction that sees one moment. Raises Busy and Closed."""
        if not self._places.acquire(blocking=False):
            raise Busy("Too many questions wait for the catalogue. Try again in a moment.")
        try:
            future = self._pool.submit(self._read, work)
        except RuntimeError:
            self._places.release()
            raise Closed("The catalogue is being closed and answers nothing any more.") from None
        # The place is free when the work has ended, even if nobody waits for it any more.
        future.add_done_callback(lambda _: self._places.release())
        return future

    def close(self) -> None:
        """Answer what was asked, then end. Blocks."""
        self._pool.shutdown(wait=True)

    def _read(self, work: Callable[[Connection], T]) -> T:
        # Leaving the block rolls back, which ends the moment that was seen.
        with self._engine.connect() as connection:
            return work(connection)
