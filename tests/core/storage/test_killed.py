"""Killed before and after every effect: after the next start the catalogue equals the disk."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.state import files, holds, recorded
from nvr_core.storage.check import check
from nvr_core.storage.rebuild import rebuild
from tests.core.storage.house import DAY, MINUTE, OURS, House, house, run

CHILD = """
import asyncio, os, sys
from pathlib import Path
from tests.core.storage.test_killed import act

data, what, fatal = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
seen = 0

def step(name):
    global seen
    if seen == fatal:
        os._exit(9)
    seen += 1

asyncio.run(act(data, what, step))
"""


SIZE = 1600
"""Bytes of a segment, a little more."""


async def made(data: Path) -> None:
    """Two days of two cameras, of which one is held."""
    async with house(data) as office:
        await office.add_volume()
        first = await office.record("gang", 2, apart=10 * MINUTE)
        await office.record("pos", 1, apart=MINUTE)
        office.clock.passed += 3 * DAY
        await office.record("gang", 2, apart=MINUTE)
        await office.state.write(
            partial(
                holds.add_hold,
                clock=office.clock,
                camera="gang",
                began=first[1].start,
                ended=first[1].start + SECOND,
                reason="letter 7",
                author="somebody",
            )
        )


async def act(data: Path, what: str, step) -> None:  # type: ignore[no-untyped-def] # as the program is handed it
    async with house(data) as office:
        office.clock.passed = 3 * DAY + 20 * MINUTE
        storage = office.storage(step)
        await storage.start()
        if what == "size":
            await office.limit("volume", 2 * SIZE)
            await storage.round()
        elif what == "mend":
            await check(office.state, office.clock, run, installation=OURS, mend=True, step=step)
        elif what == "rebuild":
            await rebuild(
                office.state, office.clock, run, [office.root()], installation=OURS, step=step
            )
        elif what == "garbage":
            await office.limit("volume", 6 * SIZE, reserve=None)
            await storage.round()
            await office.limit("volume", 3 * SIZE, reserve=None)
            await storage.round()


async def steps(data: Path, what: str) -> list[str]:
    seen: list[str] = []
    await act(data, what, seen.append)
    return seen


def killed(data: Path, what: str, at: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(data), what, str(at)], check=False, timeout=60
    )
    return done.returncode


async def sound(office: House) -> None:
    await office.fits()
    rows = await office.rows()
    assert set(rows) <= office.disk(), "after a start no garbage is without its file either"


@pytest.mark.parametrize("what", ["size", "garbage"])
async def test_killed_anywhere_in_a_deletion(tmp_path: Path, what: str) -> None:
    model = tmp_path / "model"
    await made(model)
    # The volume's path stands in the catalogue: each try is made where the first one was.
    shutil.move(model, tmp_path / "kept")
    shutil.copytree(tmp_path / "kept", model)
    total = len(await steps(model, what))
    assert total >= 12
    async with house(model) as office:
        wanted = office.disk()
        held = next(key for key in wanted if "1001" in key and key.startswith("gang"))
    for at in range(total):
        shutil.rmtree(model)
        shutil.copytree(tmp_path / "kept", model)
        assert killed(model, what, at) == 9
        async with house(model) as office:
            office.clock.passed = 3 * DAY + 20 * MINUTE
            storage = office.storage()
            await storage.start()
            await sound(office)
            assert held in office.disk()
            assert (await office.rows())[held] == files.HERE
        await act(model, what, lambda name: None)
        async with house(model) as office:
            await sound(office)
            if what == "size":
                assert office.disk() == wanted
                assert await office.state.read(partial(recorded.garbage_bytes, volume=1)) == 0


@pytest.mark.parametrize("what", ["mend", "rebuild"])
async def test_killed_anywhere_while_files_are_adopted(tmp_path: Path, what: str) -> None:
    model, kept = tmp_path / "model", tmp_path / "kept"
    await made(model)
    async with house(model) as office:
        disk = office.disk()
    if what == "rebuild":
        for path in model.glob("ronda.db*"):
            path.unlink()
    else:
        lose(model)
        next(iter(sorted(model.rglob("gang-main-run-000002-*.mp4")))).unlink()
        disk = {key for key in disk if "gang-main-run-000002-" not in key}
    shutil.move(model, kept)
    shutil.copytree(kept, model)
    total = len(await steps(model, what))
    assert total >= 4
    for at in range(total):
        shutil.rmtree(model)
        shutil.copytree(kept, model)
        assert killed(model, what, at) == 9
        await act(model, what, lambda name: None)
        async with house(model) as office:
            await office.fits()
            assert office.disk() == disk == set(await office.rows())
            assert set((await office.rows()).values()) == {files.HERE}


def lose(model: Path) -> None:
    """A catalogue that an old copy took the place of: it does not know two files, and counts
    wrongly."""
    base = sqlite3.connect(model / "ronda.db")
    base.execute("DELETE FROM files WHERE segment IN (1, 3)")
    base.execute("UPDATE totals SET files = 77")
    base.commit()
    base.close()
