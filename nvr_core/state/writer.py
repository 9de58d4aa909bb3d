"""One thread that writes: many small pieces of work share a transaction, committed together.

A commit costs a sync of the disk, 4 ms on a good one and 50 on a slow one, so it is the commits
that are counted. Each piece stands in its own savepoint: one that fails is taken back alone.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from nvr_core.state.errors import Busy, Closed, Unwritten

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds that a transaction waits for company, from its first piece of work on."""
WAITING = 1024
"""Pieces of work that may wait for the thread."""

T = TypeVar("T")
Work = Callable[[Connection], T]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work[Any]
    now: bool
    future: Future[Any]


class Writer:
    """Runs work in its thread, and says that it is done once it is on disk."""

    def __init__(self, engine: Engine, *, pause: float = PAUSE, waiting: int = WAITING) -> None:
        self._engine = engine
        self._pause = pause
        self._jobs: queue.Queue[_Job | None] = queue.Queue(waiting)
        self._closing = False
        self._door = Lock()
        """Nothing is put into the queue behind the word that ends it."""
        # A daemon: a program that dies of an error never waits for a disk.
        self._thread = Thread(target=self._run, name="catalogue-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], *, now: bool = False) -> Future[T]:
        """Run work(connection) soon. The future holds its result once that is committed.

        It holds work's own exception as soon as that is raised; Unwritten when the database did
        not take the batch. now: commit at once. Raises Busy and Closed.
        """
        future: Future[T] = Future()
        with self._door:
            if self._closing:
                raise Closed("The catalogue is being closed and takes nothing any more.")
            try:
                self._jobs.put_nowait(_Job(work, now, future))
            except queue.Full:
                raise Busy(
                    f"{self._jobs.maxsize} changes wait to be written: the disk of the catalogue "
                    "is too slow. Try again in a moment."
                ) from None
        return future

    def close(self) -> None:
        """Write what waits, then end. Blocks."""
        with self._door:
            first, self._closing = not self._closing, True
        if first:
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            job = self._jobs.get()
            goes_on = job is not None and self._batch(job)

    def _batch(self, first: _Job) -> bool:
        """One transaction. Returns False when it was the last."""
        goes_on = True
        done: list[tuple[_Job, Any]] = []
        job: _Job | None = first
        try:
            with self._engine.connect() as connection:
                try:
                    until = time.monotonic() + self._pause
                    with connection.begin():
                        while job is not None:
                            self._one(connection, job, done)
                            if job.now:
                                until = 0.0
                            job, goes_on = self._next(until)
                except BaseException:
                    # Whatever state it is in, the next batch begins with a fresh one.
                    connection.invalidate()
                    raise
        except Exception as error:
            lost = [one for one, _ in done]
            if job is not None and not job.future.done():
                lost.append(job)
            _fail(lost, error)
            return goes_on
        for one, result in done:
            one.future.set_result(result)
        return goes_on

    def _one(self, connection: Connection, job: _Job, done: list[tuple[_Job, Any]]) -> None:
        """Run one piece in its savepoint. Raises when the whole transaction is lost."""
        if not job.future.set_running_or_notify_cancel():
            return
        savepoint = connection.begin_nested()
        try:
            result = job.work(connection)
        except BaseException as error:
            savepoint.rollback()  # raises when the database has given up everything
            job.future.set_exception(error)
            return
        savepoint.commit()
        done.append((job, result))

    def _next(self, until: float) -> tuple[_Job | None, bool]:
        """The next piece for this transaction, and whether there is anything after it."""
        try:
            wait = until - time.monotonic()
            job = self._jobs.get(timeout=wait) if wait > 0 else self._jobs.get_nowait()
        except queue.Empty:
            return None, True
        return job, job is not None


def _fail(lost: list[_Job], error: Exception) -> None:
    cause = error.orig if isinstance(error, SQLAlchemyError) and hasattr(error, "orig") else error
    sentence = (
        f"The catalogue could not be written ({cause}). Nothing of this change is stored; look at "
        "the disk of the data folder, and make space if it is full."
    )
    log.error("%d changes of the catalogue are lost: %s", len(lost), cause)
    for job in lost:
        job.future.set_exception(Unwritten(sentence))
