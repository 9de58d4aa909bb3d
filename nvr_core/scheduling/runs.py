"""Runs of jobs: a failure is told and costs one run, and the end of all of them is bounded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from nvr_core.clock import Clock

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

MERCY = 1.0
"""Seconds that a cancelled run gets to clean up."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is known of a job's runs since the server began."""

    since: int | None = None
    """UTC µs at which the one that is going on began; None: none is."""
    last_end: int | None = None
    """UTC µs at which the last one ended, well or not; None: none has."""
    failure: str | None = None
    """What went wrong in the last one; None when it went well."""


class Runs:
    """Runs work by name, and remembers how it went."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._told: set[str] = set()

    def of(self, name: str) -> Run:
        return self._runs.get(name, Run())

    def forget(self, name: str) -> None:
        """The job is gone; a run that is going on is still waited for at the end."""
        self._runs.pop(name, None)

    async def run(self, name: str, work: Work) -> None:
        """One run. Nothing that the work raises comes out; no two of a name at once."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[name] = task
        self._runs[name] = replace(self.of(name), since=self._clock.wall())
        failure: str | None = None
        try:
            await work()
        except asyncio.CancelledError:
            failure = "it was cancelled"
            log.warning("job %s was cancelled; the next run comes as planned", name)
        except Exception as error:
            failure = str(error) or type(error).__name__
            log.exception("job %s failed: %s; the next run comes as planned", name, failure)
        finally:
            del self._tasks[name]
            self._told.discard(name)
            if name in self._runs:
                self._runs[name] = Run(last_end=self._clock.wall(), failure=failure)

    def passed_over(self, name: str) -> None:
        """It was due while it still ran: told once a run."""
        if name not in self._told:
            self._told.add(name)
            log.warning(
                "job %s is due, but its last run goes on still; it runs again when it is next due",
                name,
            )

    async def end(self, patience: float) -> None:
        """Wait so many seconds for what runs, cancel the rest, and wait a second for that."""
        await asyncio.sleep(0)  # what was begun in this round of the loop is running now
        await self._ended(patience)
        for task in self._tasks.values():
            task.cancel()
        await self._ended(MERCY)
        for name in self._tasks:
            log.error("job %s does not end, though it was cancelled; it is left behind", name)

    async def _ended(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=seconds)
