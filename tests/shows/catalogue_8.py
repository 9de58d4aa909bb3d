"""catalogue.8: the version before is upgraded to this one while it records: nothing is missing.

The version before is installed as an administrator does it, and records. Then this version is
installed over it, and `ronda renew` replaces the programs: the server first, then the recorders.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from nvr_core.clock import SECOND
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.site import Site
from nvr_core.state import cameras as known_cameras
from nvr_core.state import coverage, revisions, sqlite
from nvr_core.state.backups import NAME
from nvr_core.state.tables.gaps import gaps
from nvr_core.state.tables.recorders import recorders
from nvr_core.state.tables.segments import segments
from nvr_core.state.tiling import NEAR
from nvr_core.wire.journal_reader import JournalReader
from tests.shows import stored, tiling, versions
from tests.shows.figures import CannotRun, Row
from tests.shows.house import RONDA, House
from tests.shows.office import LOOPS, cameras
from tests.shows.recorder_3 import PLAYER, free_port
from tests.shows.truth import FRAME, judge

TAG = "v0.1.0"
COMMIT = "50b1761"
"""Version N-1, and the commit that stands for it where the tag is not made yet."""
STORED = 8.0
"""Seconds that a server gets at the end, for the last facts that recorders told."""
FAULT = re.compile(r"\bfault\b|Traceback|CRITICAL")


async def upgrade(row: Row, house: House, installed: Path, seconds: float) -> str:
    """Record, upgrade while it records, record on, and end in peace. Returns the old revision."""
    await house.begin()
    await asyncio.sleep(seconds)
    before = {program: house.pid(program) for program in ("server", "rtsp", "av", "analyst")}
    schema = revision(house)
    row.figure("revision of the catalogue before", schema)
    began = time.monotonic()
    await asyncio.to_thread(versions.install, installed, versions.commit_of("HEAD"))
    row.figure("installing this version over it", time.monotonic() - began, unit="s")
    began = time.monotonic()
    code, said = await house.ask("renew")
    print("".join(f"  {line}\n" for line in said.splitlines()), end="", flush=True)
    row.figure("exit code of `ronda renew`", code, at_most=0)
    row.figure("renewing everything", time.monotonic() - began, unit="s")
    for program, pid in before.items():
        row.figure(
            f"{program} is another process", int(house.pid(program) not in (0, pid)), at_least=1
        )
    await asyncio.sleep(seconds)
    await house.end()
    return schema


def revision(house: House) -> str:
    """Of the database as it is on disk."""
    engine = sqlite.readers(house.office.data / "ronda.db", 1)
    try:
        with engine.connect() as connection:
            return revisions.present(connection) or "none"
    finally:
        engine.dispose()


def show_upgrade(row: Row, house: House, before: str) -> None:
    """The database has this version's schema; if that is another one, the old one was copied."""
    newest = revisions.newest(revisions.folder())
    row.figure("revision of the catalogue afterwards", revision(house))
    row.figure("it is this version's", int(revision(house) == newest), at_least=1)
    copies = [
        match["revision"]
        for path in (house.office.data / "backup").glob("*.db")
        if (match := NAME.fullmatch(path.name))
    ]
    changed = before != newest
    row.figure("copies of the old catalogue", copies.count(before), at_least=int(changed))
    if not changed:
        print("the schema is the same in both versions: there was nothing to upgrade", flush=True)


def show_footage(row: Row, house: House, site: Site, account: tiling.Account) -> None:
    """Every frame that was sent is stored, and the ledger has no gap."""
    office, names = house.office, house.names()
    files = stored.look_at_all(office.volume, PLAYER)
    refused = [problem for file in files for problem in file.problems]
    for problem in refused[:20]:
        row.miss(problem)
    row.figure("files read, hashed, decoded and probed", len(files))
    row.figure("problems in files", len(refused), at_most=0)
    row.figure("files that had to be repaired", sum(file.repaired for file in files), at_most=0)
    told = {segment.path for segment in account.segments.values()}
    row.figure("files that were not told", len({str(f.path) for f in files} - told), at_most=0)
    row.figure("told files that are not there", len(told - {str(f.path) for f in files}), at_most=0)
    row.figure("markers left", len(list((office.volume / "open").iterdir())), at_most=0)
    row.figure("segments told in two ways", len(account.contradictions), at_most=0)
    spans = account.spans(office.clock.wall())
    inner, left_out, overlaps, missing, lost, twice = 0, [0], [0], 0, 0, 0
    for camera, name in names.items():
        footage = [span for span in spans[camera] if span.cause is None]
        first, last = footage[0].start, max(span.end for span in footage)
        inner += sum(
            first < span.start < last - FRAME for span in spans[camera] if span.cause is not None
        )
        holes, doubled = tiling.faults(footage)
        left_out += [span.end - span.start for span in holes]
        overlaps += [span.end - span.start for span in doubled]
        frames = [n for file in files if file.camera == camera for n in file.frames]
        truth = judge(site.cameras[name].spec, site.cameras[name].frames_sent, frames, [])
        for hole in truth.holes:
            row.miss(f"{name}: frames {hole.first} to {hole.after - 1} are in no file")
        missing += sum(hole.after - hole.first for hole in truth.holes)
        lost += len(truth.sent_and_lost)
        twice += truth.twice
    row.figure("cameras recorded", len(names))
    row.figure("gaps in the ledger", inner, at_most=0)
    bar = round(FRAME / SECOND, 3)
    row.figure("longest time without footage", max(left_out) / SECOND, unit="s", at_most=bar)
    row.figure("longest overlap of two files", max(overlaps) / SECOND, unit="s")
    row.figure("drawn numbers that are missing", missing, at_most=0)
    row.figure("frames sent and not stored", lost, at_most=0)
    row.figure("frames in both files", twice)


def show_catalogue(
    row: Row, connection: Connection, house: House, account: tiling.Account, told: dict[str, int]
) -> None:
    """Every fact that was told until the end stands in the catalogue."""
    rows = connection.execute(select(recorders.c.name, recorders.c.read_to))
    read_to = {row.name: row.read_to for row in rows}
    behind = [name for name, number in told.items() if read_to.get(name, 0) < number]
    row.figure("last fact of the recorder rtsp", told["rtsp"])
    row.figure("recorders of which facts are not in the catalogue", len(behind), at_most=0)
    there = set(connection.execute(select(segments.c.segment)).scalars())
    row.figure("segments told", len(account.segments))
    row.figure("of them not in the catalogue", len(set(account.segments) - there), at_most=0)
    named = set(connection.execute(select(gaps.c.gap)).scalars())
    row.figure("gaps told that are not in the catalogue", len(set(account.gaps) - named), at_most=0)
    uncovered, faults = 0, 0
    now = house.office.clock.wall()
    spans = account.spans(now)
    for number, (camera, _) in known_cameras.list_streams(connection).items():
        footage = [span for span in spans.get(camera, []) if span.cause is None]
        if not footage:
            continue
        # Ends that are nearer than NEAR are the same moment, and a run's end moves to the gap's.
        first, last = footage[0].start + NEAR, max(span.end for span in footage) - NEAR
        lines = coverage.lines(connection, [number], first, last, now=now)[number]
        faults += sum(len(line.faults) for line in lines)
        found = coverage.coverage(connection, [number], first, last, now=now)[number]
        uncovered += found.wanted - found.recorded + (last - first - found.wanted)
    row.figure(
        "time that the catalogue does not count as recorded", uncovered, unit="µs", at_most=0
    )
    row.figure("faults in the catalogue's lines", faults, at_most=0)


def last_numbers(house: House) -> dict[str, int]:
    """The number of each recorder's last fact."""
    found = {}
    for name in ("rtsp", "av"):
        reader, last = JournalReader(house.office.data / "journal" / name), 0
        while batch := reader.read(last, 1000):
            last = batch[-1].number
        found[name] = last
    return found


async def act(row: Row, specs: list[CameraSpec], seconds: float, folder: Path) -> None:
    """From an empty folder to the last figure."""
    if not versions.committed():
        raise CannotRun("it upgrades to the newest commit, and the tree has changes: commit them")
    old = versions.commit_of(TAG, COMMIT)
    row.figure("version before", old[:12])
    row.figure("this version", versions.commit_of("HEAD")[:12])
    installed = folder / "ronda"
    versions.clone(installed)
    await asyncio.to_thread(versions.install, installed, old)
    with tempfile.TemporaryDirectory(prefix="ronda-show-", dir="/dev/shm") as memory:
        ronda = (str(installed / ".venv/bin/python"), "-c", RONDA)
        house = House(folder, Path(memory), free_port(), ronda=ronda, place=installed)
        async with simulate(specs, cache=LOOPS) as site:
            house.furnish([site.url(spec.name) for spec in specs])
            try:
                schema = await upgrade(row, house, installed, seconds)
                show_upgrade(row, house, schema)
                account, told = tiling.read(house.office.journal), last_numbers(house)
                show_footage(row, house, site, account)
                await house.begin()
                await asyncio.sleep(STORED)
                await house.end()
            finally:
                house.abolish()
        engine = sqlite.readers(house.office.data / "ronda.db", 1)
        try:
            with engine.connect() as connection:
                show_catalogue(row, connection, house, account, told)
        finally:
            engine.dispose()
        said = [line for log in Path(memory, "log").glob("*.log") for line in lines_of(log)]
        row.figure(
            "faults of Ronda in its logs", sum(map(bool, map(FAULT.search, said))), at_most=0
        )
    row.figure("load of this machine at the end", os.getloadavg()[0])


def lines_of(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show catalogue.8", description=__doc__)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30.0, help="before and after the upgrade")
    parser.add_argument("--keep", type=Path, help="work here and leave it there to be looked at")
    given = parser.parse_args(argv)
    row = Row("catalogue.8")

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
            place = given.keep or Path(folder)
            place.mkdir(exist_ok=True)
            asyncio.run(act(row, cameras(given.cameras), given.seconds, place))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
