"""Work that a crash may cut anywhere, each in a process of its own: python -m tests.shows.cuts.

What is done, what is there before, and what must be true after the next start, by name.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.state import files, holds, opening, recorded, revisions
from nvr_core.state.steps import Step
from nvr_core.storage import policy
from nvr_core.storage.check import check
from nvr_core.storage.policy import Policies, Policy
from nvr_core.storage.rebuild import rebuild
from nvr_core.storage.report import Kind
from tests.core.state.test_opening import SECOND_REVISION, TOMORROW
from tests.core.storage.house import DAY, MINUTE, OURS, House, house, run
from tests.core.storage.test_killed import SIZE, lose, made
from tests.shows import mended

DELETIONS = ("full", "quota", "aged", "reclaim list", "held meanwhile")
ADOPTIONS = ("check --mend", "rebuild")
UPGRADES = ("new catalogue", "upgrade")
REPAIRS = ("repair",)
EVERY = (*DELETIONS, *ADOPTIONS, *REPAIRS, *UPGRADES)
KILLED = 9
LATER = 3 * DAY + 20 * MINUTE
"""After the footage that `made` makes."""


async def prepare(what: str, data: Path) -> None:
    """What is there before the work begins."""
    if what in UPGRADES:
        if what == "upgrade":
            async with house(data) as office:
                await office.add_volume()
                await office.record("gang", 2)
        shutil.copytree(revisions.folder(), data / "migrations")
        (data / "migrations" / "versions" / f"{TOMORROW}_second.py").write_text(SECOND_REVISION)
        return
    if what in REPAIRS:
        await mended.leave(data)
        return
    await made(data)
    if what == "held meanwhile":
        await wait_to_be_unlinked(data)
    if what == "check --mend":
        lose(data)
        next(iter(sorted(data.rglob("gang-main-run-000002-*.mp4")))).unlink()
    elif what == "rebuild":
        for path in data.glob("ronda.db*"):
            path.unlink()


async def act(what: str, data: Path, step: Step) -> None:
    """Do it, telling each step."""
    if what in UPGRADES:
        path = data / opening.NAME
        async with house(data / "elsewhere") as office:
            opening.prepare(path, data, office.clock, data / "migrations", step)
        return
    if what in REPAIRS:
        await mended.repair(data, step)
        return
    async with house(data) as office:
        office.clock.passed = LATER
        storage = office.storage(step)
        await storage.start()
        if what == "full":
            await office.limit("volume", 2 * SIZE)
            await storage.round()
        elif what == "quota":
            await choose(office, Policy(14, 2 * SIZE))
            await storage.round()
        elif what == "aged":
            await choose(office, Policy(1))
            for _ in range(3):
                office.clock.passed += 40 * 60 * MINUTE
                await storage.round()
        elif what == "reclaim list":
            for size in (6 * SIZE, 3 * SIZE):
                await office.limit("volume", size, reserve=None)
                await storage.round()
        elif what == "held meanwhile":
            await hold_all(office)
            await storage.round()
        elif what == "check --mend":
            await check(office.state, office.clock, run, installation=OURS, mend=True, step=step)
        else:
            roots = [office.root()]
            await rebuild(office.state, office.clock, run, roots, installation=OURS, step=step)


async def choose(office: House, usual: Policy) -> None:
    await policy.choose(office.state, office.clock, Policies(usual), by="me")


async def wait_to_be_unlinked(data: Path) -> None:
    """All but what is held is garbage already, of which a recorder has taken one file."""
    async with house(data) as office:
        find = partial(recorded.in_order, volume=1, now=0, limit=100)
        held = [one.held for one in await office.state.read(find)]
        await office.state.write(partial(recorded.mark, held=held, now=0), now=True)
        (office.root() / held[-1].key).unlink()


async def hold_all(office: House) -> None:
    """Somebody wants everything of one camera."""
    work = partial(
        holds.add_hold,
        clock=office.clock,
        camera="gang",
        began=0,
        ended=office.clock.wall() + SECOND,
        reason="letter 8",
        author="somebody",
    )
    await office.state.write(work, now=True)


async def faults(what: str, data: Path) -> list[str]:
    """After a start: whatever does not fit between catalogue and disk."""
    if what in REPAIRS:
        return await mended.faults(data)
    if what in UPGRADES:
        return known_and_there(data)
    found = []
    async with house(data) as office:
        office.clock.passed = LATER
        await office.storage().start()
        rows, disk = await office.rows(), office.disk()
        here = {key for key, state in rows.items() if state == files.HERE}
        if what != "rebuild" and what != "check --mend":
            # Until it is repeated, an adoption that was cut has left files without rows.
            found += [f"a file without a row: {key}" for key in sorted(disk - set(rows))]
            found += [f"a row without its file: {key}" for key in sorted(set(rows) - disk)]
        elif what == "rebuild":
            found += [f"a row without its file: {key}" for key in sorted(here - disk)]
    return found


async def finished(what: str, data: Path) -> tuple[set[str], list[str]]:
    """The work is done again: what lies on the disk, and what does not fit then."""
    if what in UPGRADES:
        await act(what, data, lambda name: None)
        found = known_and_there(data)
        if await steps(what, data):
            found.append("another start finds something to upgrade")
        return set(), found
    if what in REPAIRS:
        return set(), await mended.faults(data)
    await act(what, data, lambda name: None)
    found = []
    async with house(data) as office:
        office.clock.passed = LATER
        report = await check(office.state, office.clock, run, installation=OURS)
        wrong = set(report.counts) - {Kind.TILING, Kind.GARBAGE}
        found += report.sentences() if wrong else []
        rows = set(await office.rows())
        if rows != office.disk():
            found.append(f"catalogue and disk differ: {sorted(rows ^ office.disk())}")
        return office.disk(), found


def known_and_there(data: Path) -> list[str]:
    """Read without a program of ours, for the schema may be the old one or the new one."""
    path = data / opening.NAME
    if not path.exists():
        return []
    base = sqlite3.connect(path)
    try:
        found = [said for (said,) in base.execute("PRAGMA integrity_check") if said != "ok"]
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
        if "files" not in tables:
            return found + [f"half a schema: {sorted(tables)}" for _ in tables]
        rows = {key for (key,) in base.execute("SELECT key FROM files WHERE state = 'here'")}
    finally:
        base.close()
    lies = {str(one.relative_to(data / "volume")) for one in data.rglob("volume/**/*.mp4")}
    return found + ([f"catalogue and disk differ: {sorted(rows ^ lies)}"] if rows != lies else [])


async def steps(what: str, data: Path) -> list[str]:
    """A dry run: the names of all steps, in order."""
    seen: list[str] = []
    await act(what, data, seen.append)
    return seen


def fatal(at: int) -> Callable[[str], None]:
    """A step that ends the process the so-manieth time."""
    left = at

    def step(name: str) -> None:
        nonlocal left
        if left == 0:
            os._exit(KILLED)
        left -= 1

    return step


if __name__ == "__main__":
    asyncio.run(act(sys.argv[1], Path(sys.argv[2]), fatal(int(sys.argv[3]))))
