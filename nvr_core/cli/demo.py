"""`ronda demo`: three simulated cameras, recorded, live and playable, with one command."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import socket
from collections.abc import Coroutine
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.cli.logs import Log, followed
from nvr_core.cli.parent import PATIENCE, Parent, Running, parent
from nvr_core.cli.process import Process, Program, end, spoken
from nvr_core.cli.programs import log_folder, programs
from nvr_core.cli.run import asked_to_end
from nvr_core.cli.stage import CAMERAS, LIMIT, Stage, default_folder, free_port
from nvr_core.cli.terminal import Terminal
from nvr_core.cli.watching import Watch
from nvr_core.kit import sizes
from nvr_core.wire.errors import SentenceError

PAGE_PORT = 8080
RTSP_PORT = 8554
DRAWING = 600.0
"""Seconds that a slow machine may take to draw and encode the cameras' loops, once."""

STARTING = 60.0
GLANCE = 0.2
"""Seconds between two looks at whether something has come up."""


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the demo keeps everything. Default: ronda-demo in your data folder.",
)
@click.option("--port", default=PAGE_PORT, show_default=True, help="First port to try.")
def command(folder: Path | None, port: int) -> None:
    """Show Ronda with three simulated cameras, until Ctrl-C."""
    stage = Stage((folder or default_folder()).absolute())
    stage.folder.mkdir(parents=True, exist_ok=True)
    stage.check_space()
    runtime = settings.runtime_folder(stage.settings())
    terminal = Terminal()
    try:
        asyncio.run(show(stage, runtime, port, terminal))
    except Running as error:
        page = address(stage.settings().server.port)
        raise SentenceError(
            f"the demo runs already: {page}\nEnd it with Ctrl-C in its terminal, or with: kill "
            f"{error.pid}"
        ) from None
    finally:
        terminal.status("")


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}/"


async def show(stage: Stage, runtime: Path, port: int, terminal: Terminal) -> None:
    """Run everything until somebody asks to end."""
    told: set[str] = set()

    def troubles(line: str) -> None:
        name, _, what = line.partition(" ")
        if "started again" in what and name not in told:
            told.add(name)
            terminal.say(f"  {line}; its log: {log_folder(runtime) / name}.log")

    with asked_to_end() as ended:
        async with parent(runtime, troubles) as keeper:
            terminal.say(f"\n{terminal.strong('Ronda')} with three simulated cameras\n")
            stop = asyncio.create_task(ended.wait())
            play = asyncio.create_task(_play(keeper, stage, runtime, port, terminal))
            await asyncio.wait({play, stop}, return_when=asyncio.FIRST_COMPLETED)
            for task in (play, stop):
                task.cancel()
            terminal.status("")
            with contextlib.suppress(asyncio.CancelledError):
                await play
            terminal.say("\n  ending" if terminal.seen else "  ending")
    terminal.say(
        f"  ended; the footage stays in {stage.folder}: ronda demo goes on with it,\n"
        "  and removing that folder removes all of it"
    )


async def _play(keeper: Parent, stage: Stage, runtime: Path, port: int, terminal: Terminal) -> None:
    await _clear(programs(stage.settings(), stage.config, runtime), terminal)
    if not stage.drawn:
        await _draw(stage.cameras(0, runtime), terminal)
    rtsp, page = free_port(RTSP_PORT), free_port(port)
    chosen = stage.write(page, rtsp)
    cameras = stage.cameras(rtsp, runtime)
    log = Log(cameras.log)
    keeper.keep(cameras)
    await _serving(log, "starting the cameras", terminal)

    terminal.status("  starting the recorders, the analyst and the server")
    started = programs(chosen, stage.config, runtime)
    watch = Watch(runtime)
    listening = asyncio.create_task(watch.run(), name="watch")
    try:
        async with followed([cameras, *started], lambda _line: None):
            for program in started:
                keeper.keep(program)
            await _soon(watch.opened.wait(), STARTING, "nothing is recorded", runtime)
            await _soon(_answering(page), STARTING, "the page does not answer", runtime)
            terminal.status("")
            for line in screen(stage, page, terminal):
                terminal.say(line)
            await _telling(watch, terminal)
    finally:
        listening.cancel()


async def _clear(left: list[Program], terminal: Terminal) -> None:
    """End what a demo left behind that was killed: its ports and addresses were others."""
    found = [process for program in left if (process := Process.adopt(program))]
    if found:
        terminal.status("  ending what an earlier demo left behind")
    await end(found, PATIENCE)


async def _draw(cameras: Program, terminal: Terminal) -> None:
    """Let the cameras draw their loops, on any port: the right one might be taken meanwhile."""
    log = Log(cameras.log)
    process = Process.start(cameras)
    doing = "drawing the cameras, this first time only"
    tasks = [asyncio.create_task(_serving(log, doing, terminal))]
    tasks.append(asyncio.create_task(_gone(process, cameras)))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await done.pop()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await end([process], PATIENCE)


async def _gone(process: Process, cameras: Program) -> None:
    code = await process.ended()
    raise SentenceError(
        f"the simulated cameras could not be drawn ({spoken(code)}); {cameras.log} says why"
    )


async def _soon(
    wish: Coroutine[object, object, object], seconds: float, sentence: str, runtime: Path
) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wish
    except TimeoutError:
        raise SentenceError(
            f"{sentence} after {seconds:.0f} s; the logs in {log_folder(runtime)} say why"
        ) from None


async def _serving(log: Log, doing: str, terminal: Terminal) -> None:
    """Wait until the simulated cameras say that they serve."""
    if not terminal.seen:
        terminal.say(f"  {doing}")
    began = asyncio.get_running_loop().time()
    while not any(line.startswith('{"type": "ready"') for line in log.news()):
        seconds = asyncio.get_running_loop().time() - began
        if seconds > DRAWING:
            raise SentenceError(f"the simulated cameras do not start; {log.path} says why")
        terminal.status(f"  {doing} · {seconds:.0f} s")
        await asyncio.sleep(GLANCE)


async def _answering(port: int) -> None:
    """Wait until the page is there."""
    request = f"GET / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                if b" 200 " in await reader.readline():
                    return
            finally:
                writer.close()
        except OSError:
            pass
        await asyncio.sleep(GLANCE)


async def _telling(watch: Watch, terminal: Terminal) -> None:
    """Keep the status line true until cancelled."""
    began = asyncio.get_running_loop().time()
    while True:
        seconds = int(asyncio.get_running_loop().time() - began)
        terminal.status(
            f"  {watch.recording} of {len(CAMERAS)} cameras recording · "
            f"{seconds // 60} min {seconds % 60:02d} s · {sizes.spoken(watch.bytes)}"
        )
        await asyncio.sleep(1.0)


def screen(stage: Stage, page: int, terminal: Terminal) -> list[str]:
    """What a person reads when everything runs."""
    connection = os.environ.get("SSH_CONNECTION", "").split()
    host = connection[2] if len(connection) == 4 else socket.gethostname()
    rows = [
        ("The page", terminal.strong(address(page))),
        ("From elsewhere", f"ssh -L {page}:127.0.0.1:{page} {getpass.getuser()}@{host}"),
        ("", terminal.dim("then open the same address there")),
        ("Footage", f"{stage.folder / 'data' / 'volume'}"),
        ("", terminal.dim(f"at most {LIMIT}, then the oldest goes")),
        ("Look inside", "ronda inspect FILE.mp4"),
        ("Your camera", "ronda record rtsp://user:password@camera/path FOLDER"),
        ("", terminal.dim("or for good: write a ronda.toml, then ronda run")),
        ("End", "Ctrl-C, which ends all that this demo started"),
    ]
    return [*(f"  {label:<16}{text}" for label, text in rows), ""]
