"""`ronda renew`: the programs that run are replaced by the version that is installed now."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from contextlib import aclosing
from pathlib import Path

import click

import nvr_core
from nvr_core import admin, settings
from nvr_core.admin import asking, questions
from nvr_core.admin.answers import Head
from nvr_core.admin.asking import NoServer, NotAnswered
from nvr_core.cli import asked
from nvr_core.cli.asked import NotOurs
from nvr_core.cli.process import Process, Program
from nvr_core.cli.programs import programs
from nvr_core.cli.service import Service
from nvr_core.cli.terminal import Terminal
from nvr_core.recorder.renewal import NOT_RENEWED
from nvr_core.wire import link
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import Notice, Numbered

GLANCE = 0.1
LONGEST = 900.0
"""Seconds that a server may take for the upgrade of a large catalogue, and a recorder for all of
its cameras."""


class NotRenewed(SentenceError):
    """Something does not run as it should; the text says what, and what goes on."""


@click.command("renew")
@asked.config_option
def command(config: Path | None) -> None:
    """Replace the programs that run by the version that is installed now.

    The server first, which upgrades the catalogue; then the recorders, stream by stream: a camera's
    new recording begins before the old one ends, and nothing is missing.
    """
    path = (config or settings.find()).absolute()
    found = settings.load(path)
    service = Service.of(found, path)
    if not service.within_reach:
        raise NotOurs(
            f"{found.data} belongs to {service.user}; renew as that user, or as root: "
            f"sudo -u {service.user} ronda renew"
        )
    with service.acting():
        *recorders, analyst, server = programs(found, path, service.runtime)
        asyncio.run(_renew(recorders, analyst, server, service))


async def _renew(
    recorders: list[Program], analyst: Program, server: Program, service: Service
) -> None:
    terminal = Terminal()
    running = {one.name: process for one in recorders if (process := Process.adopt(one))}
    if not running:
        raise NotRenewed(
            f"no recorder runs in {service.runtime}; start Ronda, and it is of the new version"
        )
    for name, process in running.items():
        if not _hears(process.pid):
            raise NotRenewed(
                f"{name} is of a version that cannot be renewed; end process {process.pid} once, "
                "and it is started again with the new one after a gap of a few seconds"
            )
    await _restart(server, terminal)
    version = await _version(service, terminal)
    if version != nvr_core.__version__:
        raise NotRenewed(
            f"the server is of version {version}, and this command of {nvr_core.__version__}; run "
            "the command of the installation that runs. The recorders go on as before"
        )
    terminal.say(f"the server runs, version {version}")
    await _restart(analyst, terminal)
    for one in recorders:
        if one.name in running:
            await _hand_over(one, running[one.name], service, terminal)


async def _restart(program: Program, terminal: Terminal) -> None:
    """End it; systemd, or `ronda run`, starts it again."""
    before = Process.adopt(program)
    if before is None:
        return
    before.send(signal.SIGTERM)
    await before.ended()
    before.close()
    await _follower(program, before.pid, terminal)


async def _follower(program: Program, before: int, terminal: Terminal) -> int:
    """Wait for the process that takes its place. Returns its pid."""
    for number in range(round(LONGEST / GLANCE)):
        after = Process.adopt(program)
        if after is not None:
            after.close()
            if after.pid != before:
                terminal.status("")
                terminal.say(f"{program.name} is process {after.pid} now")
                return after.pid
        terminal.status(f"waiting for {program.name}, {number * GLANCE:.0f} s")
        await asyncio.sleep(GLANCE)
    terminal.status("")
    raise NotRenewed(
        f"{program.name} was ended and is not started again; is there a `ronda run`, or systemd, "
        "that keeps it running? Its log says more. The other programs go on as before"
    )


async def _version(service: Service, terminal: Terminal) -> str:
    """What the server says that it is, once it answers: its catalogue is upgraded then."""
    for number in range(round(LONGEST / GLANCE)):
        with contextlib.suppress(NoServer, NotAnswered):
            answer = asking.answers(
                service.runtime / admin.NAME, questions.Hello(), user=service.uid
            )
            async with aclosing(answer):
                async for said in answer:
                    if isinstance(said, Head):
                        terminal.status("")
                        return said.version
        terminal.status(f"waiting for the server's answer, {number * GLANCE:.0f} s")
        await asyncio.sleep(GLANCE)
    terminal.status("")
    raise NotRenewed("the server does not answer; its log says why. The recorders go on as before")


async def _hand_over(
    program: Program, before: Process, service: Service, terminal: Terminal
) -> None:
    """Ask a recorder to renew itself, and wait until it has."""
    terminal.say(f"{program.name}: process {before.pid} hands its streams over")
    socket = service.runtime / f"{program.name.removeprefix('recorder-')}.sock"
    ended = asyncio.create_task(before.ended())
    refusal = asyncio.create_task(_refusal(socket, before))
    try:
        async with asyncio.timeout(LONGEST):
            await asyncio.wait((ended, refusal), return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and refusal.result():
                raise NotRenewed(f"{program.name}: {refusal.result()}")
            await ended
    except TimeoutError:
        raise NotRenewed(
            f"{program.name} has not handed over within {LONGEST:.0f} s; its log says why. It "
            "goes on"
        ) from None
    finally:
        ended.cancel()
        refusal.cancel()
        before.close()
    await _follower(program, before.pid, terminal)


async def _refusal(socket: Path, process: Process) -> str:
    """Ask for the renewal. The sentence of a notice that it failed; empty when it hangs up."""
    async with link.connected(socket) as line:
        messages = aiter(line)
        process.send(signal.SIGUSR2)
        async for message in messages:
            fact = message.fact if isinstance(message, Numbered) else message
            if isinstance(fact, Notice) and fact.code == NOT_RENEWED:
                return fact.sentence
    return ""


def _hears(pid: int) -> bool:
    """Whether a process answers SIGUSR2: any other would be killed by it (proc(5), SigCgt)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGUSR2 - 1) & 1)
