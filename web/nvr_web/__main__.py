"""The server program: `python -m nvr_web --config FILE`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from nvr_core import app, settings
from nvr_core.clock import Clock, SystemClock
from nvr_core.settings import Settings
from nvr_web.routes import application

log = logging.getLogger(__name__)

GOODBYE = 3.0
"""Seconds that answers under way get when the server stops."""


@asynccontextmanager
async def answering(ronda: app.Ronda) -> AsyncIterator[tuple[str, int]]:
    """Answer HTTP at the address of the settings; gives host and port."""
    runner = web.AppRunner(
        application(ronda), access_log=None, shutdown_timeout=GOODBYE, handle_signals=False
    )
    await runner.setup()
    try:
        server = ronda.settings.server
        site = web.TCPSite(runner, server.host, server.port)
        try:
            await site.start()
        except OSError as error:
            raise app.CannotStart(
                f"the page cannot be opened on {server.host}, port {server.port} "
                f"({os.strerror(error.errno or 0)}); end what uses it, or choose another "
                "port in ronda.toml, [server], field port"
            ) from error
        host, port = runner.addresses[0][:2]
        yield host, port
    finally:
        await runner.cleanup()


async def serve(chosen: Settings, clock: Clock, loading: app.Loading) -> None:
    """Serve until SIGTERM or SIGINT. loading: which plugins take part."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with app.running(chosen, clock, loading) as ronda, answering(ronda) as (host, port):
        log.info("the page is at http://%s:%d/", f"[{host}]" if ":" in host else host, port)
        ronda.ready()
        await ended.wait()


def main(argv: Sequence[str] | None = None, clock: Clock | None = None) -> int:
    """Run the server. Returns the exit code: 1 with a sentence when it cannot start."""
    parser = argparse.ArgumentParser(prog="ronda-server", description=__doc__)
    parser.add_argument("--config", type=Path, help="ronda.toml; else the one in this folder")
    parser.add_argument("--plugins-dir", type=Path, help="a folder of one-file plugins")
    parser.add_argument("--safe", action="store_true", help="bundled plugins only")
    given = parser.parse_args(sys.argv[1:] if argv is None else argv)
    app.start_log()
    code = 0
    try:
        chosen = settings.load(given.config)
        loading = app.chosen_plugins(chosen, folder=given.plugins_dir, safe=given.safe)
        asyncio.run(serve(chosen, clock or SystemClock(), loading))
    except* app.REFUSALS as errors:
        code = 1
        for sentence in sentences(errors):
            log.critical("%s", sentence)
    return code


def sentences(errors: BaseExceptionGroup[BaseException]) -> Iterator[str]:
    """What each of the errors says."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from sentences(error)
        else:
            yield str(error)


if __name__ == "__main__":
    sys.exit(main())
