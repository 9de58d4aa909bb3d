"""`ronda renew` with the real programs: each is another process afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

from nvr_core.cli import parent
from nvr_core.wire import lock

from .conftest import NAMES, Make, Office, Said, heard, until

SUCCEEDED = """
import os, pathlib, signal, subprocess, sys
from nvr_core.wire.lock import Lock, single
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2})
path = pathlib.Path(sys.argv[1])
number = os.environ.pop("HANDED", "")
if number:
    held = Lock(int(number))
    held.sign()
    print("at work", flush=True)
    signal.sigwait({signal.SIGTERM})
else:
    with single(path) as held:
        print("at work", flush=True)
        if signal.sigwait({signal.SIGTERM, signal.SIGUSR2}) == signal.SIGUSR2:
            environment = {**os.environ, "HANDED": str(held.descriptor)}
            subprocess.Popen(
                [sys.executable, *sys.orig_argv[1:]],
                env=environment,
                pass_fds=(held.descriptor,),
                start_new_session=True,
            )
            while path.read_text() == f"{os.getpid()}\\n":
                pass
            held.leave()
"""
"""Holds its lock, and hands it to a successor when asked."""


def renew(office: Office) -> subprocess.CompletedProcess[str]:
    script = "from nvr_core.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, "renew", "--config", str(office.config)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_program_is_replaced_and_the_parent_keeps_the_new_ones(office: Office) -> None:
    first = office.run()
    heard(first, *(f"{name} starts, process" for name in NAMES), "the page is at")
    before = office.holders()
    done = renew(office)
    assert done.returncode == 0, done.stderr
    after = office.holders()
    assert None not in after.values()
    assert not {*before.values()} & {*after.values()}
    assert f"recorder-rtsp is process {after['recorder-rtsp']} now" in done.stderr
    order = [done.stderr.index(f"{name} is process") for name in ("server", *NAMES[:2])]
    assert order == sorted(order)
    lines = heard(first, *(f"{name} goes on, process {after[name]}" for name in NAMES[:2]))
    assert not [line for line in lines if "recorder" in line and "started again" in line]


def test_without_a_recorder_there_is_nothing_to_renew(office: Office) -> None:
    done = renew(office)
    assert done.returncode == 1
    assert "no recorder runs" in done.stderr


async def test_a_successor_is_watched_and_ended_as_its_predecessor(make: Make, said: Said) -> None:
    one = make("one", SUCCEEDED)
    assert one.lock is not None
    async with parent.parent(one.lock.parent, said) as keeper:
        keeper.keep(one)
        (line,) = await said.wait("one starts")
        pid = int(line.rpartition(" ")[2])
        await until(lambda: one.log.exists() and "at work" in one.log.read_text())
        os.kill(pid, signal.SIGUSR2)
        (line,) = await said.wait("one goes on")
        after = int(line.rpartition(" ")[2])
        assert after not in (0, pid)
        assert lock.holder(one.lock) == after
        assert not [line for line in said.lines if "started again" in line]
        await asyncio.sleep(0)
    assert lock.holder(one.lock) is None
