"""`ronda run`: all of Ronda from one terminal, where no systemd keeps it running."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.cli.logs import followed
from nvr_core.cli.parent import parent
from nvr_core.cli.process import Program
from nvr_core.cli.programs import check_nobody_else, programs
from nvr_core.cli.terminal import Terminal

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def asked_to_end() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C, SIGTERM or a closed terminal sets."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in ENDING:
        loop.add_signal_handler(number, ended.set)
    try:
        yield ended
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)


async def keep(started: list[Program], runtime: Path, page: str, terminal: Terminal) -> None:
    """Keep the programs running until somebody asks to end."""
    with asked_to_end() as ended:
        async with followed(started, terminal.say), parent(runtime, terminal.say) as keeper:
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGUSR1, lambda: keeper.restart("server")
            )
            for program in started:
                keeper.keep(program)
            terminal.say(f"the page: {page} (Ctrl-C ends all programs)")
            await ended.wait()
            terminal.say("ending")


@click.command("run")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The settings: ronda.toml here, else /etc/ronda/ronda.toml.",
)
def command(config: Path | None) -> None:
    """Record the cameras of ronda.toml and show them, until Ctrl-C.

    Programs that die are started again. When this command itself dies they go on, and the next
    `ronda run` takes them over. SIGUSR1 restarts the server alone, with changed settings.
    """
    path = config or settings.find()
    found = settings.load(path)
    runtime = settings.runtime_folder(found)
    check_nobody_else(found, runtime)
    host = f"[{found.server.host}]" if ":" in found.server.host else found.server.host
    page = f"http://{host}:{found.server.port}/"
    asyncio.run(keep(programs(found, path, runtime), runtime, page, Terminal()))
