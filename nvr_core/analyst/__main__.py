"""The program that decodes: python -m nvr_core.analyst --runtime DIR --root DIR [--root DIR …]."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import logging
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nvr_core.analyst import picture
from nvr_core.analyst.part import read_part
from nvr_core.analyst.serving import serving
from nvr_core.analyst.work import Work
from nvr_core.wire import lock, notify
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.log import start as start_log
from nvr_core.wire.pictures import PictureWanted

log = logging.getLogger("nvr_core.analyst")

SECONDS = 5.0
"""What one picture may take; a decoder that looks at the clock gives up by itself."""

GRACE = 2.0
"""Seconds more, and it hangs: the process ends."""

BEAT = 2.0
"""Seconds between signs of life to systemd (WatchdogSec of the unit is longer)."""

MEMORY = 3 << 30
"""Bytes of data the process may have: hostile pictures end here, not in the recorder's memory."""

HUNG = 70
"""Exit code after a hang (EX_SOFTWARE of sysexits.h)."""


def draw(roots: Sequence[Path], wanted: PictureWanted) -> bytes:
    """One picture, from the file to the JPEG. Raises NoPicture."""
    return picture.draw(read_part(wanted, roots), wanted.at, wanted.width, seconds=SECONDS)


def give_up(why: str) -> None:
    """End at once: the thread that hangs holds native code that nothing else can stop."""
    log.error("%s: the analyst ends and is started again", why)
    os._exit(HUNG)


async def run(runtime: Path, roots: Sequence[Path]) -> None:
    """Serve until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    work = Work(functools.partial(draw, roots), patience=SECONDS + GRACE, overdue=give_up)
    async with serving(runtime / "analyst.sock", work):
        notify.ready()
        while not stopped.is_set():
            notify.watchdog()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), BEAT)
        notify.stopping()
    work.stop()


def main() -> int:
    """Read the arguments, hold the lock, run."""
    parser = argparse.ArgumentParser(prog="nvr_core.analyst", description=__doc__)
    parser.add_argument("--runtime", type=Path, required=True, help="folder of socket and lock")
    parser.add_argument(
        "--root", type=Path, action="append", default=[], help="folder whose files may be read"
    )
    said = parser.parse_args()
    start_log("analyst")
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    roots = [root.resolve() for root in (*said.root, said.runtime)]
    try:
        with lock.single(said.runtime / "analyst.lock"):
            asyncio.run(run(said.runtime, roots))
    except SentenceError as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
