"""A whole Ronda with simulated cameras: the programs as they are started, on free ports."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from nvr_core.clock import SystemClock
from nvr_core.simulators import CameraSpec, simulate

PATIENCE = 40.0
"""Seconds for anything to come about on a machine that is busy."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Site:
    """What is running, and where."""

    cameras: Any
    """The simulated cameras (nvr_core.simulators)."""
    address: str
    folder: Path
    runtime: Path
    programs: dict[str, subprocess.Popen[bytes]]
    segment: float
    """Seconds a file lasts."""

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Run a program of ours in its own session, its words into <folder>/<name>.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.programs[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments], stderr=log, start_new_session=True
            )

    def start_server(self, channels: int = 0) -> None:
        """channels: how many streams a page may watch, where not as many as in the product."""
        config = ["--config", str(self.folder / "ronda.toml")]
        if channels:
            self.start("server", ["tests.e2e.narrow", str(channels), *config])
        else:
            self.start("server", ["nvr_web", *config])

    def start_recorder(self) -> None:
        data = ["--data", str(self.folder / "data"), "--runtime", str(self.runtime)]
        quick = ["--segment", str(self.segment), "--retry-limit", "0.5"]
        self.start("recorder", ["nvr_core.recorder", "--name", "rtsp", *data, *quick])

    def start_analyst(self) -> None:
        runtime = ["--runtime", str(self.runtime)]
        roots = ["--root", str(self.folder / "data" / "volume"), "--root", str(self.runtime)]
        self.start("analyst", ["nvr_core.analyst", *runtime, *roots])

    def end(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a program and wait until it has gone."""
        program = self.programs.pop(name)
        program.send_signal(number)
        try:
            program.wait(15)
        finally:
            program.kill()
            program.wait()

    async def get(self, path: str, **query: object) -> Any:
        """The JSON that the server answers."""
        address = f"{self.address}{path}?{urlencode(query)}"
        loop = asyncio.get_running_loop()
        with await loop.run_in_executor(None, lambda: urlopen(address, timeout=10)) as answer:
            return json.loads(answer.read())

    async def until(self, state: str = "recording") -> dict[str, str]:
        """Wait until every camera is in this state; camera ids by name."""
        return (await self.wait(lambda found: all(one["state"] == state for one in found)))[1]

    async def wait(self, right: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Wait until the list of cameras is right."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    found = (await self.get("/api/v1/cameras"))["cameras"]
                    if found and right(found):
                        return found, {one["name"]: one["id"] for one in found}
                except OSError:
                    pass  # not up yet
                await asyncio.sleep(0.2)


def toml(cameras: Any, specs: Sequence[CameraSpec], port: int, runtime: Path) -> str:
    """The settings of such a site."""
    lines = [f'runtime = "{runtime}"', "[server]", f"port = {port}", "[storage]"]
    lines.append('limit = "1 GiB"')
    for spec in specs:
        lines += ["[[camera]]", f'name = "{spec.name}"', f'main = "{cameras.url(spec.name)}"']
        if spec.sub:
            lines.append(f'sub = "{cameras.url(spec.name, sub=True)}"')
        if spec.user:
            lines += [f'user = "{spec.user}"', f'password = "{spec.password}"']
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def running(
    folder: Path, loops: Path, specs: Sequence[CameraSpec], *, segment: float = 60
) -> AsyncIterator[Site]:
    """Cameras, recorder, analyst and server; all ended afterwards, whatever happened.

    segment: seconds a file lasts, so that a short test meets several.
    """
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    with tempfile.TemporaryDirectory(prefix="ronda-e2e-") as meeting:
        async with simulate(specs, cache=loops, clock=SystemClock()) as cameras:
            port = free_port()
            address = f"http://127.0.0.1:{port}"
            site = Site(cameras, address, folder, Path(meeting), {}, segment)
            (folder / "ronda.toml").write_text(toml(cameras, specs, port, site.runtime))
            try:
                site.start_server()
                site.start_recorder()
                site.start_analyst()
                yield site
            finally:
                for name in list(site.programs):
                    site.end(name)
