"""`ronda run`: all of Ronda from one terminal, where no systemd keeps it running."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.cli.logs import followed
from nvr_core.cli.parent import Parent, parent
from nvr_core.cli.programs import check_nobody_else, programs
from nvr_core.cli.terminal import Terminal
from nvr_core.wire.errors import SentenceError

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


def page_of(found: settings.Settings) -> str:
    """The sentence that says where the page is."""
    server = found.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"the page: http://{host}:{server.port}/ (Ctrl-C ends all programs)"


def renew(
    keeper: Parent, config: Path, terminal: Terminal, plugins: Sequence[str | Path] = ()
) -> None:
    """Restart the server with changed settings, and the analyst when it must read elsewhere.

    Recorders are told by the server; what they were started with, the data folder and the runtime
    folder, cannot change under them.
    """
    try:
        found = settings.load(config)
        fresh = programs(found, config, settings.runtime_path(found), plugins)
    except SentenceError as error:
        terminal.say(f"{error}\nall goes on as before")
        return
    *recorders, analyst, server = fresh
    if not all(keeper.fits(recorder) for recorder in recorders):
        terminal.say(
            f"{config}: another data or runtime folder cannot be taken while the recorders run; "
            "end this with Ctrl-C and start it again. All goes on as before"
        )
        return
    if not keeper.fits(analyst):
        keeper.restart(analyst)
    keeper.restart(server)
    terminal.say(page_of(found))


async def keep(
    found: settings.Settings,
    config: Path,
    runtime: Path,
    terminal: Terminal,
    plugins: Sequence[str | Path] = (),
) -> None:
    """Keep the programs running until somebody asks to end.

    plugins: options of the server that choose which plugins take part.
    """
    started = programs(found, config, runtime, plugins)
    with asked_to_end() as ended:
        async with followed(started, terminal.say), parent(runtime, terminal.say) as keeper:
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGUSR1, renew, keeper, config, terminal, plugins
            )
            for program in started:
                keeper.keep(program)
            terminal.say(page_of(found))
            await ended.wait()
            terminal.say("ending")


@click.command("run")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The settings: ronda.toml here, else /etc/ronda/ronda.toml.",
)
@click.option(
    "--plugins-dir",
    type=click.Path(path_type=Path),
    help="A folder of one-file plugins, in place of that of the settings.",
)
@click.option("--safe", is_flag=True, help="Load only the plugins that come with Ronda.")
def command(config: Path | None, plugins_dir: Path | None, safe: bool) -> None:
    """Record the cameras and show them, until Ctrl-C.

    Programs that die are started again. When this command itself dies they go on, and the next
    `ronda run` takes them over. SIGUSR1 restarts the server, with changed settings.
    """
    path = (config or settings.find()).absolute()
    found = settings.load(path)
    runtime = settings.runtime_folder(found)
    check_nobody_else(found, runtime)
    plugins: list[str | Path] = ["--safe"] if safe else []
    if plugins_dir is not None:
        plugins += ["--plugins-dir", plugins_dir.absolute()]
    asyncio.run(keep(found, path, runtime, Terminal(), plugins))
