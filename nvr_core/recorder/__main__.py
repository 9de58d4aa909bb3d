"""The recorder program: `python -m nvr_core.recorder --data DIR --runtime DIR --name rtsp`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nvr_core.clock import Clock, SystemClock
from nvr_core.recorder import disk, resting
from nvr_core.recorder.bequest import claimed
from nvr_core.recorder.options import Options
from nvr_core.recorder.running import Setting
from nvr_core.recorder.service import run
from nvr_core.wire import log
from nvr_core.wire.errors import WireError
from nvr_core.wire.lock import Held, single

KINDS = ("rtsp", "av")


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; the parent and the units write it, people seldom do."""
    parser = argparse.ArgumentParser(prog="ronda-recorder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the installation's data folder")
    parser.add_argument("--runtime", type=Path, required=True, help="a folder in memory, 0700")
    parser.add_argument("--name", choices=KINDS, required=True, help="which sources it records")
    parser.add_argument("--retry-limit", type=float, default=Options.retry_limit, metavar="S")
    parser.add_argument("--hand-over", type=float, default=Options.hand_over, metavar="S")
    parser.add_argument("--silence", type=float, default=Options.silence / 1e6, metavar="S")
    parser.add_argument("--segment", type=float, default=Options.segment / 1e6, metavar="S")
    parser.add_argument("--queue-bytes", type=int, default=Options.queue_bytes)
    parser.add_argument("--reserve-bytes", type=int, default=Options.reserve_bytes)
    parser.add_argument("--no-hash", action="store_true", help="for the benchmark only")
    return parser.parse_args(argv)


def options(given: argparse.Namespace) -> Options:
    """The product's numbers, with what the command line says otherwise."""
    return Options(
        retry_first=min(Options.retry_first, given.retry_limit),
        retry_limit=given.retry_limit,
        hand_over=given.hand_over,
        silence=int(given.silence * 1e6),
        segment=int(given.segment * 1e6),
        queue_bytes=given.queue_bytes,
        reserve_bytes=given.reserve_bytes,
        hashing=not given.no_hash,
    )


def main(argv: Sequence[str] | None = None, clock: Clock | None = None) -> int:
    """Record until told to stop. Returns the exit code."""
    given = arguments(sys.argv[1:] if argv is None else argv)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # until the loop answers it; else it would kill
    log.start(f"recorder-{given.name}")
    setting = Setting(
        name=given.name,
        data=given.data,
        runtime=given.runtime,
        options=options(given),
        clock=clock or SystemClock(),
    )
    disk.private_folder(given.runtime)
    try:
        with contextlib.ExitStack() as held:
            bequest = held.enter_context(claimed())
            if bequest is None:
                lock = held.enter_context(single(given.runtime / f"{given.name}.lock"))
            else:
                lock = bequest.runtime
            runner = held.enter_context(asyncio.Runner(loop_factory=resting.loop))
            runner.run(run(setting, lock, bequest))
    except (Held, WireError, OSError) as error:
        logging.critical("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
