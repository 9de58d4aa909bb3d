"""`python -m nvr_core.simulators`: simulated cameras until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nvr_core.simulators.options import read_camera
from nvr_core.simulators.site import Site, check_host, simulate
from nvr_core.simulators.spec import CameraSpec

PR_SET_PDEATHSIG = 1
"""prctl(2): a signal for this process when its parent ends."""


def main(arguments: Sequence[str]) -> int:
    """Serve what the command line says. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m nvr_core.simulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="an address of 127.0.0.0/8")
    parser.add_argument("--port", type=int, default=8554, help="0 takes a free one")
    parser.add_argument("--tls-port", type=int, help="serve rtsps there too; 0 takes a free one")
    parser.add_argument("--cache", type=Path, required=True, help="folder of encoded loops")
    parser.add_argument(
        "--camera",
        action="append",
        required=True,
        metavar="name=NAME[,KEY=VALUE…]",
        help="may be repeated; keys are the fields of CameraSpec, size=WxH and fault=FIELD[:VALUE]",
    )
    parser.add_argument(
        "--die-with-parent", action="store_true", help="end when the starting program does"
    )
    options = parser.parse_args(arguments)
    if options.die_with_parent:
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return 0  # it had ended before the call
    try:
        specs = [read_camera(text) for text in options.camera]
        check_host(options.host)
        asyncio.run(_serve(specs, options))
    except (ValueError, OSError, RuntimeError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the program's way to speak
        return 2
    return 0


async def _serve(specs: Sequence[CameraSpec], options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    work = asyncio.current_task()
    if work is None:
        raise RuntimeError("The cameras need a task to run in.")
    ended = False

    def end() -> None:
        nonlocal ended
        ended = True
        work.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        async with simulate(
            specs,
            cache=options.cache,
            host=options.host,
            port=options.port,
            tls=options.tls_port is not None,
            tls_port=options.tls_port or 0,
            remembered=0,
        ) as site:
            print(_ready(site), flush=True)  # noqa: T201 - what the starting program waits for
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not ended:
            raise


def _ready(site: Site) -> str:
    """One line of JSON that says where everything is; no passwords in it."""
    return json.dumps(
        {
            "type": "ready",
            "port": site.port,
            "tls_port": site.tls_port,
            "certificate": str(site.certificate or ""),
            "cameras": [
                {
                    "name": name,
                    "main": site.url(name),
                    "sub": site.url(name, sub=True) if camera.spec.sub else "",
                    "user": camera.spec.user,
                }
                for name, camera in site.cameras.items()
            ],
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
