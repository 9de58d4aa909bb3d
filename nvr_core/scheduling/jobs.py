"""What the server does every night and every so often: named, one at a time, told when it fails."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, tzinfo
from types import TracebackType
from typing import Self

from nvr_core.clock import SECOND, Clock
from nvr_core.scheduling.clocks import Clocks
from nvr_core.scheduling.plans import Daily, Periodic, Plan
from nvr_core.scheduling.runs import Run, Runs, Work
from nvr_core.scheduling.timetable import Timetable
from nvr_core.wire.errors import SentenceError

log = logging.getLogger(__name__)

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME_LENGTH = 40
SHORTEST, LONGEST = 0.01, 7 * 24 * 3600.0
"""Seconds of a period."""

LOOK = 1.0
"""Seconds between looks at the clocks."""
PATIENCE = 5.0
"""Seconds that running jobs get to end by themselves when the server stops."""


class JobError(SentenceError):
    """A job that cannot be planned; the text names the field, the value and what would be right."""


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A job as a page shows it."""

    name: str
    next_run: int
    """UTC µs; in the past when it is due and has not begun yet."""
    run: Run


@dataclass(frozen=True)
class _Job:
    plan: Plan
    work: Work


class Jobs:
    """Plans jobs and runs them, as a context manager: `async with Jobs(clock, zone) as jobs`.

    Jobs are added before or inside the context, and forgotten with the object: who owns a schedule
    in a table adds it again at the next start.
    """

    def __init__(self, clock: Clock, zone: tzinfo, *, look: float = LOOK) -> None:
        """`zone`: the office's, which daily jobs follow. `look`: s between looks at the clocks."""
        self._clock = clock
        self._zone = zone
        self._look = look
        self._jobs: dict[str, _Job] = {}
        self._runs = Runs(clock)
        self._timetable = Timetable(self._run, self._runs.passed_over)
        self._watching: asyncio.Task[None] | None = None

    def daily(
        self, name: str, at: time, work: Work, *, last: int | None = None
    ) -> Callable[[], None]:
        """Run every day at this local time. Returns the undo. Raises JobError.

        `last`: UTC µs at which it last began, when somebody kept that. If the job should have run
        since then, once or often, it runs soon, once.
        """
        if at.tzinfo is not None or at.microsecond:
            raise JobError(
                f"job {name}, field at: {at.isoformat()} is not right; give a local time of the "
                "office without a zone, to the second, such as 03:00"
            )
        return self._add(name, work, Daily(self._clock, zone=self._zone, at=at, last=last))

    def every(self, name: str, seconds: float, work: Work) -> Callable[[], None]:
        """Run every so often, first after `seconds`. Returns the undo. Raises JobError."""
        if not SHORTEST <= seconds <= LONGEST:
            raise JobError(
                f"job {name}, field seconds: {seconds} is not right; give {SHORTEST} to "
                f"{LONGEST:.0f} seconds"
            )
        return self._add(name, work, Periodic(self._clock, round(seconds * SECOND)))

    def move(self, zone: tzinfo) -> None:
        """The office's zone was changed: daily jobs follow it from now on."""
        self._zone = zone
        for job in self._jobs.values():
            if isinstance(job.plan, Daily):
                job.plan.move(zone)
        self._replan()

    def states(self) -> tuple[JobState, ...]:
        """Every job, the next one first."""
        states = (
            JobState(name=name, next_run=job.plan.next_run(), run=self._runs.of(name))
            for name, job in self._jobs.items()
        )
        return tuple(sorted(states, key=lambda state: (state.next_run, state.name)))

    async def __aenter__(self) -> Self:
        self._timetable.start()
        clocks = Clocks(self._clock, asyncio.get_running_loop().time)
        self._watching = asyncio.create_task(self._watch(clocks), name="the clocks of jobs")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self, patience: float = PATIENCE) -> None:
        """End. What runs gets `patience` s to end by itself, and when cancelled one s more."""
        if self._watching is None:
            return
        self._watching.cancel()
        self._watching = None
        self._timetable.pause()
        try:
            await self._runs.end(patience)
        finally:
            self._timetable.stop()
            await asyncio.sleep(0)  # the timetable ends in the loop's next round

    def _add(self, name: str, work: Work, plan: Plan) -> Callable[[], None]:
        if len(name) > NAME_LENGTH or not NAME.fullmatch(name):
            raise JobError(
                f"job {name[:NAME_LENGTH]!r}: this is no name of a job; give small letters and "
                f"digits with - between words, at most {NAME_LENGTH} characters"
            )
        if name in self._jobs:
            raise JobError(f"job {name}: there is one of this name already; give another name")
        job = self._jobs[name] = _Job(plan, work)
        self._timetable.add(name, plan)

        def undo() -> None:
            if self._jobs.get(name) is job:
                del self._jobs[name]
                self._runs.forget(name)
                self._timetable.remove(name)

        return undo

    async def _run(self, name: str) -> None:
        job = self._jobs.get(name)
        if job is not None:  # it was not undone in the round of the loop in which it fell due
            await self._runs.run(name, job.work)

    def _replan(self) -> None:
        for name, job in self._jobs.items():
            self._timetable.replan(name, job.plan)

    async def _watch(self, clocks: Clocks) -> None:
        while True:
            await asyncio.sleep(self._look)
            if moved := clocks.moved():
                log.info(
                    "a clock was set, or the machine slept: %+.0f s; %d jobs are planned anew",
                    moved / SECOND,
                    len(self._jobs),
                )
                for job in self._jobs.values():
                    job.plan.clock_moved()
                self._replan()
