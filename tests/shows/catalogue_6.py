"""catalogue.6: broken plugins cost themselves only; one that blocks the server costs no footage."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nvr_core.clock import SECOND
from nvr_core.simulators import simulate
from tests.core.host.conftest import good
from tests.core.host.test_loader import BROKEN
from tests.shows import tiling
from tests.shows.figures import Row
from tests.shows.house import RONDA, House
from tests.shows.ledger import show_ledger
from tests.shows.office import LOOPS, ROOT, cameras
from tests.shows.recorder_3 import free_port

BLOCKING = """
import asyncio, time
from contextlib import asynccontextmanager
from nvr_core.contract import *

class Nothing(Config):
    pass

class Box(Device):
    @property
    def info(self):
        return DeviceDetails(channels=(Channel(id="1", roles=()),))
    async def stream_source(self, channel, role):
        raise Unsupported(Text("none"))

class Blocking(Vendor):
    name = "blocking"
    title = Text("It sleeps where it must not")
    config_type = Nothing
    @asynccontextmanager
    async def open(self, config, context):
        async def later():
            await asyncio.sleep(4)
            time.sleep(7)
        task = asyncio.create_task(later())
        yield Box()
        task.cancel()

@hookimpl
def nvr_register_vendors():
    return [Blocking]
"""
CAMERAS = 4
ASKED = {
    "raise": "raises",
    "sys.exit": "exits",
    "import error": "lacks-a-module",
    "unknown hook": "unknown-hook",
    "async hook": "async-hook",
    "abstract class": "abstract",
    "stolen name": "stolen-from-us",
    "bad config type": "odd-option",
    "too new": "too-new",
}
"""The kinds that the row names → as the loader's tests call them; all of their others run too."""
SAID = re.compile(r"(.*) has blocked the server for ([0-9.]+) s")


async def ronda(*words: str, okay: bool = True) -> list[dict[str, Any]]:
    """The answer of a command, line by line."""
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RONDA, *words, "--json"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await done.communicate()
    if okay and done.returncode:
        raise RuntimeError(f"ronda {' '.join(words)}: {err.decode()}")
    return [json.loads(line) for line in out.splitlines()]


def write(folder: Path) -> None:
    """Every broken plugin, and two good ones around them."""
    folder.mkdir()
    texts = {name.replace("-", "_"): text for name, (text, _) in BROKEN.items()}
    texts |= {"a_good": good("good"), "z_good": good("later"), "blocking": BLOCKING}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)


async def load(row: Row, config: Path, folder: Path) -> None:
    """What `ronda plugins` says of them."""
    options = ("--config", str(config), "--plugins-dir", str(folder))
    told = {one["plugin"]: one for one in await ronda("plugins", *options, okay=False)}
    failed = [name for name in BROKEN if told[name]["state"] == "failed"]
    right = [name for name in failed if BROKEN[name][1] in told[name]["sentence"]]
    row.figure("kinds of broken plugins", len(BROKEN), at_least=len(ASKED))
    row.figure("FAILED", len(failed), at_least=len(BROKEN))
    row.figure("with the sentence that says why", len(right), at_least=len(BROKEN))
    for kind, name in ASKED.items():
        row.figure(f"  {kind}", told[name]["sentence"])
    loaded = sorted(name for name, one in told.items() if one["state"] == "loaded")
    row.figure("loaded beside them", ", ".join(loaded))
    for name in ("a-good", "z-good", "blocking", "rtsp", "local-disk"):
        if name not in loaded:
            row.miss(f"the good plugin {name} does not take part")


async def block(row: Row, house: House, config: Path) -> None:
    """A plugin sleeps on the server's loop; what the recorder and the log say of it."""
    office = house.office
    here = ("--config", str(config))
    await asyncio.sleep(8.0)
    (good_one,) = await ronda("device", "add", "good", "Baik", *here)
    row.figure("a good plugin's device", good_one["state"])
    began = office.clock.wall()
    await ronda("device", "add", "blocking", "Macet", *here)
    await asyncio.sleep(16.0)
    states = {one["name"]: one["state"] for one in await ronda("device", "list", *here)}
    ended = office.clock.wall()
    row.figure("devices after it", json.dumps(states))
    if states.get("Baik") != "live":
        row.miss("the good plugin's device is not live")
    log = (office.runtime / "log" / "server.log").read_text()
    named = [match for line in log.splitlines() if (match := SAID.search(line))]
    row.figure("blockages told by the heartbeat", len(named), at_least=1)
    if named:
        row.figure("who", named[0][1].partition("server: ")[2] or named[0][1])
        row.figure("told after", float(named[0][2]), unit="s", at_least=5)
    if not any('the plugin "blocking"' in match[1] for match in named):
        row.miss("the heartbeat does not name the plugin")
    await asyncio.sleep(5.0)
    account = tiling.read(office.journal)
    # The good plugin's device is an address where nobody is: its gap is right.
    names = house.names()
    spans = {one: told for one, told in account.spans(ended).items() if one in names}
    holes = [
        one
        for told in spans.values()
        for one in told
        if one.cause is not None and one.end > began and one.start < ended
    ]
    row.figure("cameras that were recorded meanwhile", len(spans), at_least=CAMERAS)
    row.figure("seconds looked at", (ended - began) / SECOND)
    row.figure("gaps in them", len(holes), at_most=0)


async def act(row: Row, folder: Path) -> None:
    plugins, disk = folder / "plugins", folder / "office"
    disk.mkdir()
    write(plugins)
    with tempfile.TemporaryDirectory(prefix="ronda-show-", dir="/dev/shm") as memory:
        house = House(disk, Path(memory), free_port())
        config = disk / "ronda.toml"
        specs = cameras(CAMERAS)
        async with simulate(specs, cache=LOOPS) as site:
            house.furnish([site.url(spec.name) for spec in specs])
            await load(row, config, plugins)
            try:
                await house.begin("--plugins-dir", str(plugins))
                await block(row, house, config)
                await house.end()
            finally:
                house.abolish()
        show_ledger(row, tiling.read(house.office.journal).spans(house.office.clock.wall()))


def main(argv: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="scripts/show catalogue.6", description=__doc__).parse_args(argv)
    row = Row("catalogue.6")
    with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
        return row.run(lambda: asyncio.run(act(row, Path(folder))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
