"""The open catalogue: hand it work, and await what is stored or found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from nvr_core.state.readers import Readers
from nvr_core.state.writer import PAUSE, Writer

T = TypeVar("T")


class State:
    """Writes through one thread, reads through a few; the event loop waits for neither.

    Work is a function of a connection, and blocks; those of this package's modules are meant.
    """

    def __init__(self, writing: Engine, reading: Engine, *, pause: float = PAUSE) -> None:
        """pause: seconds that changes may wait to be committed together."""
        self._engines = (writing, reading)
        self._writer = Writer(writing, pause=pause)
        self._readers = Readers(reading)

    async def write(self, work: Callable[[Connection], T], *, now: bool = False) -> T:
        """The work's result, once it is committed and on disk: within about a second.

        Work that raises is taken back alone, and what it raised is raised here. Whoever stops
        waiting does not stop the work once it has begun.

        now: commit at once, with all that waits. Raises Unwritten, Busy and Closed.
        """
        return await asyncio.wrap_future(self._writer.submit(work, now=now))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """The work's result. It sees one moment, and cannot write. Raises Busy and Closed."""
        return await asyncio.wrap_future(self._readers.submit(work))

    async def close(self) -> None:
        """Write what waits, answer what was asked, and let go of the database."""
        await to_its_end(self._close)

    def _close(self) -> None:
        self._readers.close()
        self._writer.close()
        # The writer's goes last: closing the last connection folds the log into the database.
        for engine in reversed(self._engines):
            engine.dispose()


async def to_its_end(call: Callable[[], T]) -> T:
    """Run a blocking call in a thread. Whoever is cancelled meanwhile still waits for it: what
    comes next, such as letting go of the lock, must not overtake it."""
    running = asyncio.get_running_loop().run_in_executor(None, call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
