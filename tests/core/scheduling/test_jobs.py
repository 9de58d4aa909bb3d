"""Jobs run when they should, once at a time, whatever they raise and whatever the clock does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest

from nvr_core.clock import SECOND
from nvr_core.scheduling import JobError, Jobs
from nvr_core.scheduling.windows import DAY, HOUR
from tests.core.scheduling.hands import HandClock, steer_apscheduler
from tests.core.scheduling.weeks import BERLIN, JAKARTA, us

LOOK = 0.02
"""Seconds between looks at the clocks, here."""


class Counted:
    """Work that counts its runs, and when they began on the loop."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.begun: list[float] = []
        self.ended = 0
        self.cancelled = 0

    async def __call__(self) -> None:
        self.begun.append(asyncio.get_running_loop().time())
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1


async def until(true: Callable[[], object], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is awaited is no event
            await asyncio.sleep(0.005)


def jobs_of(clock: HandClock) -> Jobs:
    return Jobs(clock, JAKARTA, look=LOOK)


async def nothing() -> None:
    pass


async def test_a_periodic_job_runs_at_its_pace() -> None:
    work = Counted()
    async with jobs_of(HandClock()) as jobs:
        jobs.every("look-at-disks", 0.05, work)
        await until(lambda: len(work.begun) >= 5)
    # Counted from one beginning to the next, and never made up for; one may have begun late.
    assert work.begun[4] - work.begun[0] >= 3 * 0.05
    count = len(work.begun)
    await asyncio.sleep(0.12)
    assert len(work.begun) == count


async def test_a_daily_job_runs_at_its_local_time_and_then_tomorrow() -> None:
    clock, work = HandClock(), Counted()
    clock.set(datetime(2026, 5, 1, 19, 59, 59, 900_000, tzinfo=UTC))
    async with jobs_of(clock) as jobs:
        jobs.daily("night-report", time(3), work)
        assert jobs.states()[0].next_run == us(datetime(2026, 5, 1, 20, tzinfo=UTC))
        await until(lambda: work.ended)
        assert clock.wall() >= us(datetime(2026, 5, 1, 20, tzinfo=UTC)) - 5000
        await asyncio.sleep(0.1)
        (state,) = jobs.states()
        assert state.next_run == us(datetime(2026, 5, 2, 20, tzinfo=UTC))
        assert state.run.last_end is not None
    assert len(work.begun) == 1


async def test_a_job_added_before_the_start_runs_too() -> None:
    work = Counted()
    jobs = jobs_of(HandClock())
    jobs.every("early", 0.02, work)
    async with jobs:
        await until(lambda: work.ended)


async def test_a_failure_costs_one_run_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    runs = 0

    async def fail() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise OSError("the disk is away")
        if runs == 2:
            raise asyncio.CancelledError

    async with jobs_of(HandClock()) as jobs:
        jobs.every("copy-footage", 0.03, fail)
        await until(lambda: runs == 1)
        await asyncio.sleep(0)
        assert jobs.states()[0].run.failure == "the disk is away"
        await until(lambda: runs == 3)
        await until(lambda: jobs.states()[0].run.failure is None)
    told = [record for record in caplog.records if "copy-footage" in record.getMessage()]
    assert told[0].getMessage() == (
        "job copy-footage failed: the disk is away; the next run comes as planned"
    )
    assert told[0].exc_info is not None
    assert told[1].getMessage() == "job copy-footage was cancelled; the next run comes as planned"


async def test_no_job_runs_twice_at_once(caplog: pytest.LogCaptureFixture) -> None:
    at_once, most, runs = 0, 0, 0

    async def slow() -> None:
        nonlocal at_once, most, runs
        at_once, runs = at_once + 1, runs + 1
        most = max(most, at_once)
        await asyncio.sleep(0.1)
        at_once -= 1

    async with jobs_of(HandClock()) as jobs:
        undo = jobs.every("slow", 0.02, slow)
        await until(lambda: runs == 2)
        undo()
        jobs.every("slow", 0.02, slow)  # the same name while the old run goes on
        await until(lambda: runs == 4)
    assert most == 1
    told = [record.getMessage() for record in caplog.records]
    assert told.count(
        "job slow is due, but its last run goes on still; it runs again when it is next due"
    ) in (3, 4)  # once a run, however often it was due


async def test_undone_is_gone() -> None:
    work = Counted()
    async with jobs_of(HandClock()) as jobs:
        undo = jobs.every("short", 0.02, work)
        await until(lambda: work.ended)
        undo()
        undo()
        count = len(work.begun)
        await asyncio.sleep(0.06)
        assert len(work.begun) == count
        assert jobs.states() == ()


async def test_what_the_server_missed_runs_once_soon() -> None:
    clock, missed, fresh = HandClock(), Counted(), Counted()
    clock.set(datetime(2026, 5, 1, 1, tzinfo=UTC))  # 08:00
    async with jobs_of(clock) as jobs:
        jobs.daily("missed", time(3), missed, last=clock.wall() - 4 * DAY)
        jobs.daily("done", time(3), fresh, last=clock.wall() - HOUR)
        jobs.daily("unknown", time(3), fresh)
        await until(lambda: missed.ended)
        await asyncio.sleep(0.1)
    assert (len(missed.begun), len(fresh.begun)) == (1, 0)


async def test_what_the_machine_slept_through_runs_once_soon() -> None:
    clock, nightly, hourly = HandClock(), Counted(), Counted()
    clock.set(datetime(2026, 5, 1, 15, tzinfo=UTC))  # 22:00
    async with jobs_of(clock) as jobs:
        jobs.daily("nightly", time(3), nightly)
        jobs.every("hourly", 3600, hourly)
        clock.sleep(3 * 24 * 3600)
        await until(lambda: nightly.ended and hourly.ended)
        await asyncio.sleep(0.1)
        assert (len(nightly.begun), len(hourly.begun)) == (1, 1)
        hour, night = (state.next_run - clock.wall() for state in jobs.states())
        assert 3599 * SECOND < hour <= 3600 * SECOND
        assert 4 * HOUR < night <= 5 * HOUR


@pytest.mark.parametrize("hours", [-1, 1, -24 * 365 * 10, 24 * 365 * 56])
@pytest.mark.parametrize("steered", [True, False], ids=["system", "given"])
async def test_a_step_of_the_clock_neither_stops_nor_hurries_a_periodic_job(
    monkeypatch: pytest.MonkeyPatch, hours: int, steered: bool
) -> None:
    """Of the system's clock, which APScheduler reads too, and of the one that was given."""
    clock, work, rare = HandClock(), Counted(), Counted()
    if steered:
        steer_apscheduler(clock, monkeypatch)
    async with jobs_of(clock) as jobs:
        jobs.every("pulse", 0.05, work)
        jobs.every("rare", 600, rare)
        await until(lambda: len(work.begun) == 2)
        clock.step(hours * 3600)
        before, stepped = len(work.begun), asyncio.get_running_loop().time()
        await until(lambda: len(work.begun) >= before + 6)
        took = asyncio.get_running_loop().time() - stepped
        for state in jobs.states():
            assert -SECOND < state.next_run - clock.wall() <= 600 * SECOND
    # An early wake-up may come once, when APScheduler sees the step before the look does.
    assert took >= 4 * 0.05
    assert len(work.begun) - before <= took / 0.05 + 2
    assert len(rare.begun) <= 1


async def test_a_daily_job_follows_a_clock_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, work = HandClock(), Counted()
    clock.set(datetime(2026, 5, 1, 12, tzinfo=UTC))
    steer_apscheduler(clock, monkeypatch)
    async with jobs_of(clock) as jobs:
        jobs.daily("night", time(3), work)
        clock.set(datetime(2026, 5, 1, 19, 59, 59, 900_000, tzinfo=UTC))
        await until(lambda: work.ended)
        clock.step(-1800)  # back before the time that was served: not again
        await asyncio.sleep(0.1)
        assert len(work.begun) == 1
        assert jobs.states()[0].next_run == us(datetime(2026, 5, 2, 20, tzinfo=UTC))


async def test_daily_jobs_move_with_the_office() -> None:
    clock = HandClock()
    clock.set(datetime(2026, 5, 1, 1, 30, tzinfo=UTC))
    async with jobs_of(clock) as jobs:
        jobs.daily("night", time(3), nothing)
        jobs.every("often", 5 * 24 * 3600, nothing)
        jobs.move(BERLIN)
        jobs.daily("later", time(4), nothing)
        assert [(state.name, state.next_run) for state in jobs.states()][:2] == [
            ("later", us(datetime(2026, 5, 1, 2, tzinfo=UTC))),
            ("night", us(datetime(2026, 5, 2, 1, tzinfo=UTC))),
        ]


async def test_the_end_waits_for_what_runs() -> None:
    work, idle = Counted(0.15), Counted()
    jobs = jobs_of(HandClock())
    async with jobs:
        jobs.every("long", 0.01, work)
        jobs.every("idle", 60, idle)
        await until(lambda: work.begun)
    assert (len(work.begun), work.ended, work.cancelled) == (1, 1, 0)
    await jobs.stop()  # again: nothing


async def test_the_end_is_bounded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nvr_core.scheduling.runs.MERCY", 0.1)
    work, free = Counted(60), asyncio.Event()

    async def stubborn() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    jobs = jobs_of(HandClock())
    async with jobs:
        jobs.every("hanging", 0.01, work)
        jobs.every("stubborn", 0.01, stubborn)
        await until(lambda: work.begun)
        began = asyncio.get_running_loop().time()
        await jobs.stop(patience=0.1)
        assert asyncio.get_running_loop().time() - began < 0.5
    assert (work.ended, work.cancelled) == (0, 1)
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "job hanging was cancelled; the next run comes as planned" in told
    assert "job stubborn does not end, though it was cancelled; it is left behind" in told
    free.set()
    await asyncio.sleep(0.01)


async def test_a_start_and_an_end_at_once() -> None:
    async with jobs_of(HandClock()) as jobs:
        jobs.every("never", 0.01, nothing)


@pytest.mark.parametrize(
    ("add", "sentence"),
    [
        (lambda jobs: jobs.every("Copy Footage", 5, nothing), "job 'Copy Footage': this is no"),
        (lambda jobs: jobs.every("", 5, nothing), "job '': this is no name of a job; give small"),
        (lambda jobs: jobs.every("a" * 41, 5, nothing), "at most 40 characters"),
        (lambda jobs: jobs.every("taken", 5, nothing), "job taken: there is one of this name"),
        (lambda jobs: jobs.every("x", 0, nothing), "job x, field seconds: 0 is not right; give"),
        (lambda jobs: jobs.every("x", float("nan"), nothing), "field seconds: nan is not right"),
        (lambda jobs: jobs.every("x", 700_000, nothing), "give 0.01 to 604800 seconds"),
        (lambda jobs: jobs.daily("x", time(3, tzinfo=UTC), nothing), "job x, field at: 03:00:00+"),
        (lambda jobs: jobs.daily("x", time(3, 0, 0, 1), nothing), "such as 03:00"),
    ],
)  # fmt: skip
async def test_what_cannot_be_planned_is_a_sentence(
    add: Callable[[Jobs], Callable[[], None]], sentence: str
) -> None:
    async with jobs_of(HandClock()) as jobs:
        jobs.every("taken", 60, nothing)
        with pytest.raises(JobError) as refused:
            add(jobs)
        assert sentence in str(refused.value)
        assert len(jobs.states()) == 1
