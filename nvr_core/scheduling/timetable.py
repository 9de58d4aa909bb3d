"""The only door to APScheduler: it fires what plans say is due, and is told when they change.

APScheduler reads the system's clock itself, in several places, and cannot be given another.
So it decides nothing here. Our trigger turns a plan's "in so many µs", which the given Clock says,
into APScheduler's own time: its `now` plus that wait. When the clocks move against each other, all
plans are asked again. Its own triggers are not used: an interval that is overdue lists every moment
that was missed, millions of them when a clock jumps from 1970 to today.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from nvr_core.scheduling.plans import Plan

SHORTEST = 1000
"""µs from a run to the next, at least: a run that fell due may not fall due again at once."""

Run = Callable[[str], Awaitable[None]]


class _PlanTrigger(BaseTrigger):
    """A plan, as APScheduler asks for it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._served: datetime | None = None

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When it is due, in APScheduler's time; `previous_fire_time` is the run that fell due."""
        if previous_fire_time is None:
            return now + timedelta(microseconds=self._plan.wait())
        if previous_fire_time != self._served:  # it asks twice a run
            self._served = previous_fire_time
            self._plan.served()
        return now + timedelta(microseconds=max(self._plan.wait(), SHORTEST))


class Timetable:
    """Runs jobs by name when their plans say so, each at most once at a time."""

    def __init__(self, run: Run, passed_over: Callable[[str], None]) -> None:
        """`run(name)` is a coroutine function; `passed_over(name)`: due, but it still runs."""
        # Every run is told at level INFO, several lines each; what matters, Jobs says itself.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._run = run
        self._passed_over = passed_over
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_listener(self._heard, EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Begin, on the running loop."""
        self._scheduler.start()

    def add(self, name: str, plan: Plan) -> None:
        self._scheduler.add_job(
            self._run,
            _PlanTrigger(plan),
            args=(name,),
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # what was missed runs, however late
        )

    def remove(self, name: str) -> None:
        self._scheduler.remove_job(name)

    def replan(self, name: str, plan: Plan) -> None:
        """The plan says something else than it did."""
        self._scheduler.reschedule_job(name, trigger=_PlanTrigger(plan))

    def pause(self) -> None:
        """Nothing begins any more; what runs goes on."""
        self._scheduler.pause()

    def stop(self) -> None:
        """End it, in the loop's next round; what still runs is cancelled."""
        self._scheduler.shutdown(wait=False)

    def _heard(self, event: JobSubmissionEvent) -> None:
        self._passed_over(event.job_id)
