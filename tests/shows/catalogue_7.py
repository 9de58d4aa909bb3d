"""Row 7: the door of plugins is compared with its text, and a stranger's plugin is recorded.

The example's wheel and ours are installed into a fresh environment, where nothing of this tree can
be imported. Ronda runs there, a device of the stranger's brand is added, and what it sends is kept,
over broken connections too, though each of its addresses serves one connection and expires.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nvr_core import admin
from nvr_core.contract import VERSION
from nvr_core.testing import door, footage
from tests.shows.figures import Row
from tests.shows.fresh import ACME, ROOT, Fresh, wheel
from tests.shows.house import House
from tests.shows.office import LOOPS
from tests.shows.recorder_3 import free_port

PASSWORD = "rahasia-acme"
WRONG = "salah-sekali"
FPS = 12
COMING = 15.0
"""Seconds that a camera may take to be recorded, after it was added or its connection broke."""
LIFETIME = 10.0
"""Seconds within which an address of the device must be used."""
STREAMS = 4
"""Two lenses, two streams each: so many addresses are asked for at least, and again after a
broken connection."""


@dataclass
class Brand:
    """The stranger's device, in a process of its own."""

    process: asyncio.subprocess.Process
    port: int

    def break_connections(self) -> None:
        self.process.send_signal(signal.SIGUSR1)

    async def end(self) -> dict[str, Any]:
        """Stop it. Returns what it counted."""
        assert self.process.stdout is not None
        self.process.terminate()
        counted: dict[str, Any] = json.loads(await self.process.stdout.readline())
        await self.process.wait()
        return counted


@asynccontextmanager
async def brand(cache: Path) -> AsyncIterator[Brand]:
    """A running device on loopback."""
    words = [str(ACME / "tests/acme_device.py"), "--cache", str(cache)]
    words += ["--password", PASSWORD, "--lifetime", str(LIFETIME)]
    simulators = {**os.environ, "PYTHONPATH": str(ROOT)}  # this tree's, whatever is installed
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=subprocess.PIPE, env=simulators
    )
    assert process.stdout is not None
    try:
        yield Brand(process, json.loads(await process.stdout.readline())["port"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def compare(row: Row) -> None:
    """The contract as the code has it, and as its page tells it."""
    page = (ROOT / "docs/ref/contract-v1.txt").read_text(encoding="utf-8")
    lines = page.splitlines()
    compared = difflib.ndiff(lines, door.text().splitlines())
    differing = [one for one in compared if one.startswith(("+ ", "- "))]
    row.figure("contract", VERSION)
    row.figure("lines of contract-v1.txt", len(lines), at_least=100)
    row.figure("lines in which it is not the code's", len(differing), at_most=0)


def furnish(row: Row, folder: Path) -> Fresh:
    """Make the environment, and see that the plugin is there and whose it is."""
    begun = time.monotonic()
    fresh = Fresh.make(folder / "fresh")
    fresh.install_locked()
    fresh.install_wheels(wheel(ROOT, folder), wheel(ACME, folder))
    fresh.pip("check")
    row.figure("environment made and filled in", time.monotonic() - begun, unit="s")
    homes = "import nvr_core, nvr_acme; print(nvr_core.__file__); print(nvr_acme.__file__)"
    for home in fresh.run([fresh.python, "-c", homes]).stdout.splitlines():
        if not Path(home).is_relative_to(fresh.folder):
            row.miss(f"{home} is not of the fresh environment")
    said = fresh.run([fresh.ronda, "plugins", "--json"]).stdout
    found = {one["plugin"]: one for one in map(json.loads, said.splitlines())}.get("acme", {})
    project = tomllib.loads((ACME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for word, expected in (
        ("state", "loaded"),
        ("distribution", project["name"]),
        ("version", project["version"]),
        ("author", project["authors"][0]["name"]),
        ("home_page", project["urls"]["Homepage"]),
    ):
        row.figure(f"ronda plugins: {word}", found.get(word))
        if found.get(word) != expected:
            row.miss(f"ronda plugins tells the {word} {found.get(word)!r}, not {expected!r}")
    return fresh


async def answering(house: House) -> None:
    """Wait until the server answers questions; without one, a command would open all by itself."""
    socket = house.office.runtime / admin.NAME
    async with asyncio.timeout(COMING):
        while not socket.is_socket():  # noqa: ASYNC110 - another process makes it, and tells nobody
            await asyncio.sleep(0.1)


async def add(house: House, fresh: Fresh, port: int, password: str) -> tuple[int, str]:
    """`ronda device add`, as a person would. Returns its exit code and what it said."""
    options = {"address": "127.0.0.1", "port": str(port), "username": "admin"}
    words = [str(fresh.ronda), "device", "add", "acme", "Gerbang"]
    for name, value in options.items():
        words += ["--set", f"{name}={value}"]
    process = await asyncio.create_subprocess_exec(
        *words,
        *("--password", "--config", str(house.config)),  # from a pipe it reads a line
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=fresh.folder,
    )
    said, _ = await process.communicate(f"{password}\n".encode())
    return process.returncode or 0, said.decode().strip()


def kept(house: House) -> dict[str, list[Path]]:
    """Files of main streams by camera, in order of their names."""
    found: dict[str, list[Path]] = {}
    for path in sorted(house.office.volume.rglob("*.mp4")):
        parts = path.relative_to(house.office.volume).parts
        if "main" in parts:
            found.setdefault(parts[parts.index("main") - 1], []).append(path)
    return found


def judge(row: Row, house: House, seconds: float) -> None:
    """What was recorded, looked at by other eyes; and that no password was written down."""
    cameras = kept(house)
    row.figure("cameras recorded", len(cameras), at_least=2, at_most=2)
    for number, (camera, paths) in enumerate(cameras.items(), 1):
        for path in paths:
            if trouble := footage.sound(path):
                row.miss(f"{camera}: {trouble}")
        numbers = footage.numbers(paths)
        row.figure(f"camera {number}: segments", len(paths), at_least=2)
        # Before and behind the broken connection, each time so long as a camera may take.
        least = max(1.0, 2 * seconds - 2 * COMING)
        row.figure(f"camera {number}: footage", len(numbers) / FPS, unit="s", at_least=least)
        row.figure(f"camera {number}: pictures that cannot be read", numbers.count(None), at_most=0)
    logs = [house.log, *(house.office.runtime / "log").glob("*.log")]
    text = "".join(log.read_text(errors="replace") for log in logs)
    shown = sum(text.count(secret) for secret in (PASSWORD, WRONG))
    row.figure("lines of logs", text.count("\n"), at_least=1)
    row.figure("passwords in them", shown, at_most=0)


async def measure(row: Row, folder: Path, fresh: Fresh, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="ronda-show-", dir="/dev/shm") as memory:
        office = folder / "office"
        office.mkdir()
        ronda = [str(fresh.ronda)]
        house = House(office, Path(memory), free_port(), ronda=ronda, place=office)
        house.furnish([])
        async with brand(LOOPS) as device:
            try:
                await house.begin()
                await answering(house)
                code, said = await add(house, fresh, device.port, WRONG)
                row.figure("a wrong password: exit code", code, at_least=1, at_most=1)
                row.figure("and its sentence", said)
                code, said = await add(house, fresh, device.port, PASSWORD)
                row.figure("the right one: exit code", code, at_least=0, at_most=0)
                row.figure("and its sentence", said)
                await asyncio.sleep(seconds)
                device.break_connections()
                await asyncio.sleep(seconds)
                row.figure("ronda run: exit code", await house.end(), at_least=0, at_most=0)
            finally:
                house.abolish()
            counted = await device.end()
        row.figure("wrong logins that the device counted", counted["wrong"], at_least=1, at_most=1)
        # One to try it out before it is saved, one to hold it open.
        row.figure("right logins that it counted", counted["right"], at_least=1, at_most=2)
        row.figure("addresses that it handed out", counted["tickets"], at_least=2 * STREAMS)
        judge(row, house, seconds)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show catalogue.7", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="to record before and behind a broken line"
    )
    parser.add_argument("--keep", type=Path, help="work here and leave it there to be looked at")
    given = parser.parse_args(argv)
    os.environ.pop("PYTHONPATH", None)  # it would let the fresh environment import this tree
    row = Row("catalogue.7")

    def work() -> None:
        compare(row)
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as name:
            folder = given.keep or Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            asyncio.run(measure(row, folder, furnish(row, folder), given.seconds))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
