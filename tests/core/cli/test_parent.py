"""A parent starts what dies, ends what it keeps, and does neither to anything else."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core.cli import parent
from nvr_core.cli.parent import Parent
from nvr_core.wire import lock

from .conftest import CRASHING, LOCKED, STUBBORN, Make, Said, until


async def pid_of(said: Said, name: str, times: int = 1) -> int:
    """The pid in the latest "… starts, process N" of a program."""
    lines = await said.wait(f"{name} starts", times)
    return int(lines[-1].rpartition(" ")[2])


async def at_work(path: Path, times: int = 1) -> None:
    """Wait until the program has written so many lines into its log."""
    await until(lambda: path.exists() and path.read_text().count("at work") >= times)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_program_is_started_and_ended(make: Make, said: Said, tmp_path: Path) -> None:
    one = make("one")
    async with parent.parent(tmp_path, said) as keeper:
        keeper.keep(one)
        pid = await pid_of(said, "one")
        await at_work(one.log)
        assert lock.holder(tmp_path / "one.lock") == pid
        assert os.getsid(pid) == pid
    assert not alive(pid)
    assert lock.holder(tmp_path / "parent.lock") is None


async def test_a_killed_program_is_started_again(make: Make, said: Said, tmp_path: Path) -> None:
    one, two = make("one"), make("two")
    async with parent.parent(tmp_path, said) as keeper:
        keeper.keep(one)
        keeper.keep(two)
        other = await pid_of(said, "two")
        for times in range(1, 4):
            await at_work(one.log, times)
            os.kill(await pid_of(said, "one", times), signal.SIGKILL)
        await at_work(one.log, 4)
        assert len(await said.wait("one was ended by SIGKILL; it is started again")) == 3
        assert keeper.processes["two"].pid == other


async def test_a_crash_loop_slows_down_to_a_limit(
    make: Make, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "RETRY_FIRST", 0.1)
    monkeypatch.setattr(parent, "RETRY_LIMIT", 0.3)
    keeper = Parent(said)
    keeper.keep(make("one", CRASHING))
    lines = await said.wait("one ended with code 3", 4)
    assert [line.rpartition("in ")[2] for line in lines] == ["0.1 s", "0.2 s", "0.3 s", "0.3 s"]
    await keeper.end()


async def test_who_lived_a_while_is_started_again_soon(
    make: Make, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "RETRY_FIRST", 0.1)
    monkeypatch.setattr(parent, "STEADY", 0.0)
    keeper = Parent(said)
    keeper.keep(make("one", CRASHING))
    lines = await said.wait("one ended with code 3", 3)
    assert {line.rpartition("in ")[2] for line in lines} == {"0.1 s"}
    await keeper.end()


async def test_who_cannot_be_started_is_tried_again(
    make: Make, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "RETRY_FIRST", 0.01)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    keeper = Parent(said)
    one = make("one")
    keeper.keep(one)
    await said.wait("one could not be started ([Errno 2] No such file or directory")
    monkeypatch.undo()
    await at_work(one.log)
    await keeper.end()


async def test_who_does_not_end_is_killed(make: Make, said: Said) -> None:
    keeper = Parent(said, patience=0.2)
    stubborn, one = make("stubborn", STUBBORN, locked=False), make("one")
    keeper.keep(stubborn)
    keeper.keep(one)
    pids = [await pid_of(said, "stubborn"), await pid_of(said, "one")]
    await at_work(stubborn.log)
    await at_work(one.log)
    await keeper.end()
    assert said.lines[-1] == "stubborn did not end in time: killed"
    assert not any(alive(pid) for pid in pids)


async def test_nothing_is_started_after_the_end(
    make: Make, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "RETRY_FIRST", 30.0)
    keeper = Parent(said)
    keeper.keep(make("one", CRASHING))
    await said.wait("one ended with code 3")
    async with asyncio.timeout(5):
        await keeper.end()
    assert len(await said.wait("one starts")) == 1


async def test_one_program_can_be_restarted_alone(make: Make, said: Said) -> None:
    keeper = Parent(said)
    one = make("one")
    keeper.keep(one)
    await at_work(one.log)
    keeper.restart(one)
    await at_work(one.log, 2)
    await keeper.end()
    assert len(await said.wait("one starts")) == 2


async def test_a_restart_may_change_how_a_program_is_started(make: Make, said: Said) -> None:
    keeper = Parent(said)
    one = make("one")
    other = replace(one, arguments=(*one.arguments, "elsewhere"))
    keeper.keep(one)
    await at_work(one.log)
    assert keeper.fits(one)
    assert not keeper.fits(other)
    keeper.restart(other)
    await at_work(one.log, 2)
    assert keeper.fits(other)
    assert not keeper.fits(one)
    await keeper.end()


async def test_what_was_adopted_is_known_by_how_it_was_started(make: Make, said: Said) -> None:
    one = make("one")
    first, second = Parent(said), Parent(said)
    first.keep(one)
    await at_work(one.log)
    second.keep(replace(one, arguments=(*one.arguments, "elsewhere")))
    await said.wait("one goes on")
    assert second.fits(one)
    await first.end()
    await second.end()


async def test_a_second_parent_is_refused_with_the_pid_of_the_first(
    said: Said, tmp_path: Path
) -> None:
    async with parent.parent(tmp_path, said):
        with pytest.raises(parent.Running, match=f"process {os.getpid()} is the parent") as caught:
            async with parent.parent(tmp_path, said):
                pass
    assert caught.value.pid == os.getpid()


PARENT = """
import asyncio, pathlib, sys
from nvr_core.cli.parent import parent
from nvr_core.cli.process import Program
from nvr_core.cli.run import asked_to_end

def program(name):
    lock = folder / f"{name}.lock"
    arguments = ("-c", sys.argv[2], str(lock))
    return Program(name=name, arguments=arguments, lock=lock, log=folder / "log" / name)

async def run():
    with asked_to_end() as ended:
        async with parent(folder, lambda line: print(line, flush=True)) as keeper:
            for name in ("one", "two"):
                keeper.keep(program(name))
            await ended.wait()

folder = pathlib.Path(sys.argv[1])
asyncio.run(run())
"""


def started(folder: Path, script: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """A parent of two programs in a process of its own, and what it said of each."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder), script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first = dict(process.stdout.readline().strip().split(" ", 1) for _ in range(2))
    return process, first


async def test_its_death_ends_nothing_and_the_next_one_adopts(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    first, said = started(tmp_path, LOCKED)
    pids = {name: int(text.rpartition(" ")[2]) for name, text in said.items()}
    assert sorted(pids) == ["one", "two"]
    for name in pids:
        await at_work(tmp_path / "log" / name)
    first.kill()
    first.communicate()
    for pid in pids.values():
        assert alive(pid)

    second, said = started(tmp_path, LOCKED)
    assert said == {name: f"goes on, process {pid}" for name, pid in pids.items()}
    os.kill(pids["one"], signal.SIGKILL)
    assert second.stdout is not None
    assert second.stdout.readline().startswith("one ended; it is started again")
    pids["one"] = int(second.stdout.readline().rpartition(" ")[2])
    ends = [os.pidfd_open(pid) for pid in pids.values()]
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=20)
    assert second.returncode == 0
    # Not by their pids: whoever is init here may leave dead ones unreaped.
    await until(lambda: set(select.select(ends, [], [], 0)[0]) == set(ends))
    for end in ends:
        os.close(end)
    assert bystander.poll() is None
