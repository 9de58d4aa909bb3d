"""One of the two dies while a recorder is renewed: the other goes on, and what is lost is told."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.wire.facts import Cause
from tests.core.recorder.renewing import Outcome, Program, hold_up, let_on, recording, until
from tests.shows.office import cameras

HANDED = "handed over: "


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


async def test_a_successor_that_does_not_start_changes_nothing(
    program: Program, loop_cache: Path
) -> None:
    specs = cameras(1)
    async with recording(program, specs, loop_cache) as site:
        (program.office.data / "secret.key").rename(program.office.data / "away")
        (program.office.data / "secret.key").mkdir()  # no program can start over this
        before = program.ask()
        await program.heard("the recorder is not renewed")
        (program.office.data / "secret.key").rmdir()
        (program.office.data / "away").rename(program.office.data / "secret.key")
        await asyncio.sleep(1.0)
        assert program.pid == before
        assert len(program.refusals()) == 1
        await program.renewed()  # and a later attempt is as good as any
        await asyncio.sleep(1.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    outcome.uninterrupted(specs[0].name)


@pytest.mark.parametrize("moment", ["is to take over", "is ready to take over"])
async def test_a_successor_that_is_killed_before_it_has_a_stream_costs_nothing(
    program: Program, loop_cache: Path, moment: str
) -> None:
    specs = cameras(2)
    async with recording(program, specs, loop_cache) as site:
        hold_up(site, *site.cameras)
        before = program.ask()
        await program.heard(moment)
        os.kill(program.successors[0], signal.SIGKILL)
        await program.heard("the recorder is not renewed")
        let_on(site)
        await asyncio.sleep(2.0)
        assert program.pid == before
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    assert len(program.refusals()) == 1
    for spec in specs:
        outcome.uninterrupted(spec.name)


async def test_a_successor_that_is_killed_midway_leaves_all_to_the_old_one(
    program: Program, loop_cache: Path
) -> None:
    specs = cameras(4)
    moved, stayed = [spec.name for spec in specs[:2]], [spec.name for spec in specs[2:]]
    async with recording(program, specs, loop_cache) as site:
        hold_up(site, *stayed)
        before = program.ask()
        await program.heard(HANDED, 2)
        await asyncio.sleep(1.0)
        os.kill(program.successors[0], signal.SIGKILL)
        await program.heard("the recorder is not renewed")
        let_on(site)
        await asyncio.sleep(3.0)
        assert program.pid == before
        await program.renewed()
        await asyncio.sleep(1.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    for name in stayed:
        outcome.uninterrupted(name)
    for name in moved:
        length = outcome.interrupted(name, Cause.RECORDER_STOPPED)
        assert length < 10 * SECOND  # what the successor held is there


async def test_an_old_one_that_is_killed_before_anything_was_said_takes_the_new_one_along(
    program: Program, loop_cache: Path
) -> None:
    specs = cameras(1)
    async with recording(program, specs, loop_cache) as site:
        before = program.ask()
        await program.heard("is to take over")
        os.kill(before, signal.SIGKILL)
        await program.gone(before)
        await program.gone(program.successors[0])
        await program.begin()
        await until(lambda: program.states("recording") >= 2, "it is recorded again")
        await asyncio.sleep(1.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    outcome.interrupted(specs[0].name, Cause.RECORDER_STOPPED)


async def test_an_old_one_that_is_killed_midway_is_followed_at_once(
    program: Program, loop_cache: Path
) -> None:
    specs = cameras(4)
    moved, stayed = [spec.name for spec in specs[:2]], [spec.name for spec in specs[2:]]
    async with recording(program, specs, loop_cache) as site:
        hold_up(site, *stayed)
        before = program.ask()
        await program.heard(HANDED, 2)
        os.kill(before, signal.SIGKILL)
        await program.gone(before)
        await until(lambda: program.pid == program.successors[0], "the new one signs")
        await until(lambda: program.states("recording") >= 8, "it records all")
        await asyncio.sleep(4.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    for name in moved:
        outcome.uninterrupted(name)
    for name in stayed:
        outcome.interrupted(name, Cause.RECORDER_STOPPED)


async def test_one_that_is_ended_while_it_is_renewed_ends_both(
    program: Program, loop_cache: Path
) -> None:
    specs = cameras(2)
    async with recording(program, specs, loop_cache) as site:
        hold_up(site, specs[1].name)
        before = program.ask()
        await program.heard(HANDED)
        await asyncio.sleep(1.0)
        os.kill(before, signal.SIGTERM)
        await program.gone(before)
        await program.gone(program.successors[0])
        assert program.pid == 0
        let_on(site)
        await program.begin()
        await until(lambda: program.states("recording") >= 4, "both are recorded again")
        await asyncio.sleep(2.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    for spec in specs:
        outcome.interrupted(spec.name, Cause.RECORDER_STOPPED)
