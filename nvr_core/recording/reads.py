"""Bytes of segment files, read by a few threads so that a slow disk stops no page.

The only place of this package that starts threads (docs/design/page.md says why).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

THREADS = 4
WAITING = 64
"""Calls that may wait for a thread."""

T = TypeVar("T")


class Busy(Exception):
    """Too many reads wait already: the disk is slower than its readers. Come again."""


class Reads:
    """Runs short blocking calls beside the event loop, bounded in threads and in waiting."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reads")
        self._places = BoundedSemaphore(threads + waiting)

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result. Raises Busy when too many wait, and what the call raises."""
        if not self._places.acquire(blocking=False):
            raise Busy("Too many reads wait for the disk. Try again in a moment.")
        # The place is free when the call has ended, even if nobody waits for it any more.
        future = self._pool.submit(call)
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    async def bytes_at(self, path: str, offset: int, size: int) -> bytes:
        """Exactly these bytes. Raises OSError, EOFError when the file is shorter, and Busy."""
        return await self.run(lambda: _bytes_at(path, offset, size))

    def close(self) -> None:
        """Start no more calls; those that run end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _bytes_at(path: str, offset: int, size: int) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.pread(file, size, offset)
    finally:
        os.close(file)
    if len(found) != size:
        raise EOFError(f"{path} ends before byte {offset + size}")
    return found
