"""catalogue.9: no password is found in any file, answer, message, log or process of a house."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import aiohttp

from nvr_core.simulators import simulate
from nvr_core.simulators.site import Site
from tests.shows import feed, planting
from tests.shows.asking import Asking
from tests.shows.figures import Row
from tests.shows.house import House
from tests.shows.leaks import Scan, family
from tests.shows.logins import MISTAKES, SECRETS, free_port, furnish, specs
from tests.shows.office import LOOPS

LENGTH = 24.0
"""Seconds for which everything is recorded before anything is asked."""


async def provoke(house: House, site: Site, asking: Asking) -> None:
    """What makes programs say most: crashes, refusals, settings that are no settings."""
    house.kill("rtsp")
    house.kill("av")
    for program in ("rtsp", "av"):
        await house.present(program)
    if pid := house.pid("analyst"):
        os.kill(pid, signal.SIGABRT)
    for one in site.cameras.values():
        for session in tuple(one.sessions):
            one.close(session)
    # A file that somebody deleted: pages, commands and the check come upon it.
    own = ("--config", house.config, "--json")
    told = json.loads(await asking.command("camera", "show", "basic", *own, twice=False))
    next((house.office.volume / told["camera"]).rglob("*.mp4")).unlink()
    right = house.config.read_text()
    wrong = SECRETS["in wrong settings"]
    filled = {"user": wrong.user, "text": wrong.password, "quoted": quote(wrong.password, "")}
    broken = house.config.with_name("broken.toml")
    for fields in MISTAKES.values():
        camera: dict[str, str | int | bool] = {"name": "broken"}
        camera |= {
            name: value.format(**filled) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        house.write([camera])
        broken.write_text(house.config.read_text())
        await asking.command("doctor", "--config", broken)
        await asking.command("camera", "list", "--config", broken)
    broken.write_text(f'[[camera]]\npassword = "{wrong.password}\n')  # TOML ends in the middle
    await asking.command("gaps", "x", "--config", broken)
    await asking.command("run", "--config", broken, twice=False)
    # The house is told to take settings that nobody can take, and then the right ones again.
    shutil.copy(broken, house.config)
    os.kill(house.pid("parent"), signal.SIGUSR1)
    await asyncio.sleep(2.0)
    house.config.write_text(right)
    broken.unlink()
    house.kill("server")
    await house.present("server")
    await asyncio.sleep(4.0)


async def live(row: Row, scan: Scan, folder: Path, runtime: Path) -> None:
    """Record, provoke, ask and scan."""
    house = House(folder, runtime, free_port())
    asking = Asking(house.config, house.page, scan.look)
    work = folder / "taken"
    pieces = folder.with_name(folder.name + "-feed")
    for made in (work, pieces):
        made.mkdir(parents=True)
    login = SECRETS["of a feed"]
    own = specs()
    async with (
        simulate(own[:-1], cache=LOOPS) as site,
        feed.guarded(pieces, login.user, login.password, 600) as hls,
    ):
        async with simulate(own[-1:], cache=LOOPS) as stops:
            furnish(house, site, stops, hls)
            await house.begin(PYTHONASYNCIODEBUG="1", PYTHONFAULTHANDLER="1")
            try:
                for program in ("av", "analyst"):
                    await house.present(program)
                own_login = SECRETS["of a device"]
                await asking.devices(site.url("added"), own_login.user, own_login.password)
                await asyncio.sleep(LENGTH)
            except BaseException:
                house.abolish()
                raise
        try:
            scan.processes(family(house.pid("parent")))
            await provoke(house, site, asking)
            await ask(row, asking, house, work)
            scan.processes(family(house.pid("parent")))
            at_rest(row, scan, house, "while it runs")
            url = site.url("digest", login=True)
            await asking.command("record", url, work / "own", "--seconds", "3")
            url = site.url("right", login=True).replace("op:", "op:x")
            await asking.command("record", url, work / "own", "--seconds", "3")
            row.figure("exit code of the house", await house.end(), at_most=0)
            await asking.commands(*await known(asking), work)  # without a server
        finally:
            house.abolish()
    at_rest(row, scan, house, "at its end")
    for kind, least in (("command", 80), ("page", 500), ("live socket", 20), ("socket", 20)):
        row.figure(f"answers read of a {kind}", asking.answers[kind], at_least=least)
    row.figure("of them errors", asking.failures, at_least=50)
    if not (work / "a.mp4").exists():
        row.miss("nothing was exported")
    for sentence in asking.unasked:
        row.miss(sentence)


async def known(asking: Asking) -> tuple[str, tuple[str, str, str]]:
    """A camera that recorded, and times: from, to, and one with footage."""
    listed = await asking.command(
        "camera", "show", "digest", "--config", asking.config, twice=False
    )
    oldest = next(line.split()[1] for line in listed.decode().splitlines() if " oldest" in line)
    begin = datetime.fromisoformat(oldest).timestamp()
    times = [datetime.fromtimestamp(begin + more, UTC).isoformat() for more in (1, 6, 4)]
    return "digest", (times[0], times[1], times[2])


async def ask(row: Row, asking: Asking, house: House, work: Path) -> None:
    """Everything, of the running house."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{house.page}/api/v1/cameras") as answer,
    ):
        told = await answer.json()
    ids = [one["id"] for one in told["cameras"]]
    recorded = [one["name"] for one in told["cameras"] if one["streams"]]
    row.figure("cameras", len(ids))
    row.figure("of them recorded", len(recorded), at_least=6)
    for name in ("digest", "sha", "basic", "address", "feed", "added"):
        if name not in recorded:
            row.miss(f"{name} is not recorded, so its login is not used")
    states = {one["name"]: one["cause"] for one in told["cameras"]}
    for name in ("refused", "feed-refused"):
        if states[name] != "login-refused":
            row.miss(f"{name} is not refused its login but {states[name]}")
    await asyncio.gather(
        asking.pages(ids, told["now"]),
        asking.live(ids, 8.0),
        asking.facts(house.office.runtime, 8.0),
    )
    await asking.commands(*await known(asking), work)


def at_rest(row: Row, scan: Scan, house: House, when: str) -> None:
    """All files of the house, but those two kinds that hold logins by design."""
    before = scan.bytes
    wants = sorted(house.office.runtime.glob("*.want"))
    for path in wants:
        if mode := path.stat().st_mode & 0o077:
            row.miss(f"{path.name} holds logins and may be read by others: mode {mode:o}")
    scan.tree(house.config.parent, exempt=lambda path: path == house.config)
    scan.tree(house.office.runtime, exempt=lambda path: path in wants)
    row.figure(f"files {when}", (scan.bytes - before) / 1e6, unit="MB")
    row.figure(f"desired sets {when}, 0600 and exempt", len(wants), at_least=1)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show catalogue.9", description=__doc__)
    parser.add_argument("--keep", type=Path, help="make the house in this folder, and keep it")
    given = parser.parse_args(argv)
    row = Row("catalogue.9")

    async def work(folder: Path, runtime: Path) -> None:
        scan = Scan(SECRETS.values())
        row.figure("passwords", len(SECRETS))
        row.figure("forms looked for", len(scan.forms))
        planted = await planting.prove(SECRETS.values(), folder / "planted")
        row.figure("forms planted in files, answers and processes", planted.planted)
        row.figure("of them not found", len(planted.missed), at_most=0)
        for sentence in planted.missed:
            row.miss(sentence)
        await live(row, scan, folder / "house", runtime)
        row.figure("places scanned", scan.places)
        row.figure("scanned", scan.bytes / 1e6, unit="MB")
        row.figure("passwords found", len(scan.found), at_most=0)
        for sentence in sorted(set(scan.found)):
            row.miss(sentence)

    def all_of_it() -> None:
        memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
        with (
            tempfile.TemporaryDirectory(prefix="ronda-show-") as folder,
            tempfile.TemporaryDirectory(prefix="ronda-show-", dir=memory) as runtime,
        ):
            asyncio.run(work(given.keep or Path(folder), Path(runtime)))

    return row.run(all_of_it)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
