"""The scan for passwords finds what is planted, and nothing in a small house that is asked."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from nvr_core.simulators import CameraSpec, simulate
from tests.shows import planting
from tests.shows.asking import Asking, parts
from tests.shows.house import House
from tests.shows.leaks import Scan, Secret, family
from tests.shows.logins import SECRETS, free_port

GATE = SECRETS["of Digest"]


async def test_every_form_of_every_password_is_found_where_it_is_planted(tmp_path: Path) -> None:
    found = await planting.prove(SECRETS.values(), tmp_path / "planted")
    assert found.missed == []
    assert found.planted > 20 * len(SECRETS)


def test_a_line_that_was_broken_within_a_password_is_found_too() -> None:
    assert Scan([GATE]).look("here", GATE.password.replace(" ", "\n      ").encode())


def test_findings_never_repeat_the_password() -> None:
    (said, *_) = Scan([GATE]).look("here", GATE.password.encode())
    assert said == "here holds the password of Digest as it is"
    assert GATE.password not in repr(GATE)


def test_a_password_that_stands_anywhere_by_chance_is_not_looked_for() -> None:
    with pytest.raises(ValueError, match="too short"):
        Secret("x", "op", "1234567")


async def test_a_small_house_tells_nobody_its_password(tmp_path: Path, loop_cache: Path) -> None:
    spec = CameraSpec(
        name="gate",
        width=320,
        height=180,
        label="office",
        scene="gang",
        sub=False,
        user=GATE.user,
        password=GATE.password,
    )
    scan = Scan([GATE, SECRETS["that is wrong"]])
    wrong = SECRETS["that is wrong"]
    with tempfile.TemporaryDirectory(prefix="ronda-") as runtime:  # sockets have short paths
        house = House(tmp_path / "house", Path(runtime), free_port())
        house.config.parent.mkdir()
        asking = Asking(house.config, house.page, scan.look)
        async with simulate([spec], cache=loop_cache) as site:
            main = site.url("gate")
            right = {"user": GATE.user, "password": GATE.password}
            false = {"user": wrong.user, "password": wrong.password}
            house.write(
                [
                    {"name": "gate", "main": main, **right},
                    {"name": "refused", "main": main, **false},
                ]
            )
            await house.begin(PYTHONASYNCIODEBUG="1")
            try:
                async with asyncio.timeout(60):
                    await until(lambda: any(house.office.volume.rglob("*.mp4")))
                    await until(lambda: "login-refused" in house.log.read_text())
                scan.processes(family(house.pid("parent")))
                await ask(asking, house)
                scan.tree(house.office.runtime, exempt=lambda path: path.suffix == ".want")
                assert await house.end() == 0
            finally:
                house.abolish()
    scan.tree(house.config.parent, exempt=lambda path: path == house.config)
    assert scan.found == []
    assert asking.unasked == []
    assert asking.answers["page"] > 100
    assert asking.answers["live socket"] > 3
    assert asking.answers["socket"] > 3
    assert asking.failures > 50


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 -- files of other programs: nothing tells
        await asyncio.sleep(0.1)


async def ask(asking: Asking, house: House) -> None:
    """The pages, and a few commands: the row asks all of them."""
    own = ("--config", house.config)
    now = round(datetime.now(UTC).timestamp() * 1e6)
    listed = await asking.command("camera", "list", *own, "--json", twice=False)
    ids = [line.split('"')[3] for line in listed.decode().splitlines()]
    assert len(ids) == 2
    async with asyncio.timeout(60), aiohttp.ClientSession(asking.page) as session:
        while not await parts(session, ids, now):  # noqa: ASYNC110 -- another program writes them
            await asyncio.sleep(0.1)
    await asyncio.gather(
        asking.pages(ids, now), asking.live(ids, 2.0), asking.facts(house.office.runtime, 2.0)
    )
    await asking.command("gaps", "refused", *own, twice=False)
    await asking.command("doctor", *own, "--json", twice=False)
