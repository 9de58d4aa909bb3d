"""A recorder is replaced while it records: stream by stream, and nothing is missing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from nvr_core.clock import SECOND
from nvr_core.recorder.hindsight import joined
from nvr_core.simulators import simulate
from nvr_core.simulators.faults import Faults
from nvr_core.state import coverage, ledger, opening, revisions, sqlite
from nvr_core.wire import link
from nvr_core.wire.facts import (
    Cause,
    FragmentWritten,
    GapOpened,
    LoginParked,
    RecorderStarted,
    SegmentClosed,
    SegmentOpened,
)
from nvr_core.wire.wants import Source, StreamWant
from tests.core.recorder.renewing import Outcome, Program, hold_up, let_on, recording, until
from tests.shows.office import cameras


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def engine(tmp_path: Path, program: Program) -> Iterator[Engine]:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    path = folder / opening.NAME
    opening.prepare(path, folder, program.office.clock, revisions.folder())
    made = sqlite.writer(path)
    yield made
    made.dispose()


async def test_renewed_twice_nothing_is_missing(
    program: Program, engine: Engine, loop_cache: Path
) -> None:
    specs = cameras(3)
    async with recording(program, specs, loop_cache) as site:
        for _ in range(2):
            await program.renewed()
            await asyncio.sleep(2.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    for spec in specs:
        outcome.uninterrupted(spec.name)
        assert outcome.truth(spec.name).twice > 0  # two files overlap
    lives = [one.fact for one in program.facts() if isinstance(one.fact, RecorderStarted)]
    assert [life.renews for life in lives] == ["", *(life.recorder_start for life in lives[:-1])]
    numbers = [one.number for one in program.facts()]
    assert numbers == sorted(set(numbers))
    catalogued(program, engine, [spec.name for spec in specs])


async def test_asked_twice_it_is_renewed_once(
    program: Program, loop_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    systemd.bind(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    specs = cameras(2)
    async with recording(program, specs, loop_cache) as site:
        before = program.ask()
        await program.heard("is ready to take over")
        os.kill(before, signal.SIGUSR2)
        os.kill(program.successors[0], signal.SIGUSR2)
        await program.gone(before)
        await asyncio.sleep(2.0)
        assert len(program.successors) == 1
        assert program.pid == program.successors[0]
        with systemd:
            assert f"MAINPID={program.pid}" in list(heard(systemd))
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    for spec in specs:
        outcome.uninterrupted(spec.name)


async def test_sound_goes_along_and_what_is_only_in_memory_has_no_gap(
    program: Program, loop_cache: Path
) -> None:
    spec = replace(cameras(1)[0], audio="aac", sub=True)
    async with simulate([spec], cache=loop_cache) as site:
        main, sub = (Source(url=site.url(spec.name, sub=sub)) for sub in (False, True))
        volume = str(program.office.volume)
        want = StreamWant(
            camera=spec.name, stream="main", source=main, login_group="one", volume=volume
        )
        program.office.want(
            want,
            replace(want, stream="main-audio"),
            replace(want, stream="sub", source=sub, keep_always=False),
        )
        async with program.running():
            await until(lambda: program.states("recording") >= 2, "picture and sound")
            await until(lambda: program.states("ring") >= 1, "the sub stream")
            await asyncio.sleep(1.5)
            (ring,) = rings(program)
            await program.renewed()
            await until(lambda: len(rings(program)) == 2, "the new one's ring")
            assert ring in rings(program)  # a reader may still be in it
            await asyncio.sleep(2.5)
            assert [path for path in rings(program) if path != ring]
            await program.end()
    told = [one.fact for one in program.facts()]
    for stream in ("main", "main-audio"):
        kept = [
            (one.start, one.start + one.duration)
            for one in told
            if isinstance(one, SegmentClosed) and one.stream == stream
        ]
        assert len({one.recorder_start for one in told if isinstance(one, SegmentClosed)}) == 2
        assert len(joined(kept)) == 1
        gaps = [one for one in told if isinstance(one, GapOpened) and one.stream == stream]
        assert [one.cause for one in gaps] == [
            Cause.WAITING_FOR_KEY_FRAME,
            Cause.RECORDER_STOPPED,
        ]
    assert not [one for one in told if isinstance(one, GapOpened) and one.stream == "sub"]


async def test_viewers_hear_of_what_is_recorded_by_the_new_one_already(
    program: Program, loop_cache: Path
) -> None:
    specs = cameras(2)
    async with recording(program, specs, loop_cache) as site:
        hold_up(site, specs[1].name)
        async with link.connected(program.office.runtime / "rtsp.sock") as line:
            before = program.ask()
            await program.heard("handed over: ")
            journal = {
                one.fact.segment for one in program.facts() if isinstance(one.fact, SegmentOpened)
            }
            begun: set[str] = set()
            seen = ""
            async with asyncio.timeout(30):
                async for message in line:
                    if isinstance(message, SegmentOpened):
                        begun.add(message.segment)
                    if isinstance(message, FragmentWritten) and message.segment in begun - journal:
                        seen = message.segment
                        break
            assert program.pid == before
        let_on(site)
        await program.gone(before)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    assert seen in outcome.account.segments


def rings(program: Program) -> list[Path]:
    """Folders in memory that hold something."""
    found = (program.office.runtime / "rtsp").glob("ring*")
    return [folder for folder in found if list(folder.rglob("*.mp4"))]


async def test_a_camera_that_is_away_stays_in_one_gap(tmp_path: Path, loop_cache: Path) -> None:
    program = Program(tmp_path, "--hand-over", "3", "--retry-limit", "0.5")
    specs = cameras(2)
    away = specs[1].name
    async with recording(program, specs, loop_cache) as site:
        site.cameras[away].faults = Faults(dead="reset")
        site.cameras[away].drop()
        await program.heard(f"{away}/main: ")
        await program.renewed()
        site.cameras[away].faults = Faults()
        await until(lambda: program.states("recording") >= 4, "it is recorded again")
        await asyncio.sleep(2.0)
        await program.end()
        outcome = Outcome(program, site)
    outcome.whole()
    outcome.uninterrupted(specs[0].name)
    assert outcome.truth(away).untold == []
    gaps = outcome.gaps(away)
    causes = [gap.cause for gap in gaps]
    assert Cause.RECORDER_STOPPED not in causes
    for before, after in pairwise(gaps):
        assert after.start == before.end  # the gap of the old one went on


@pytest.mark.parametrize("status", [453, 401])
async def test_a_camera_with_one_session_is_closed_before_it_is_opened(
    tmp_path: Path, loop_cache: Path, status: int
) -> None:
    program = Program(tmp_path, "--hand-over", "2.5")
    faults = Faults(session_limit=1, limit_status=status)
    one = replace(cameras(1)[0], user="admin", password="right", faults=faults)
    specs = [one, *cameras(2)[1:]]
    async with simulate(specs, cache=loop_cache) as site:
        program.office.prepare(
            [site.url(spec.name) for spec in specs], logins={one.name: ("admin", "right")}
        )
        async with program.running():
            await until(lambda: program.states("recording") >= 2, "both are recorded")
            await asyncio.sleep(1.5)
            await program.renewed()
            await asyncio.sleep(3.0)
            await program.end()
            outcome = Outcome(program, site)
    outcome.whole()
    outcome.uninterrupted(specs[1].name)
    length = outcome.interrupted(one.name, Cause.RECORDER_STOPPED)
    assert length < 6 * SECOND  # a goodbye, a connection and a key frame
    assert not [fact for fact in program.facts() if isinstance(fact.fact, LoginParked)]


def heard(systemd: socket.socket) -> Iterator[str]:
    """All that was said to systemd so far."""
    with contextlib.suppress(BlockingIOError):
        while True:
            yield systemd.recv(100).decode()


def catalogued(program: Program, engine: Engine, names: list[str]) -> None:
    """The catalogue makes one whole life of each stream, and finds nothing untold."""
    now = program.office.clock.wall()
    with engine.connect() as connection:
        facts = program.facts()
        ledger.apply(connection, "rtsp", facts)
        assert ledger.going_on(connection) == {(name, "main") for name in names}
        streams = list(range(1, len(names) + 1))
        lines = coverage.lines(connection, streams, 0, now, now=now)
        for stream in streams:
            (line,) = lines[stream]
            assert line.faults == ()
            recorder_ran = [piece for piece in line.pieces if piece.cause is None]
            first, last = recorder_ran[0], recorder_ran[-1]
            inside = [one for one in line.pieces if first.began <= one.began < last.ended]
            assert {one.cause for one in inside} == {None}
            found = coverage.coverage(connection, [stream], first.began, last.ended, now=now)[
                stream
            ]
            assert found.recorded == found.wanted == last.ended - first.began
