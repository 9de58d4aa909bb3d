"""recorder.3: programs are killed at random moments; only what the ledger tells is missing."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.site import Site
from tests.shows import stored, tiling
from tests.shows.figures import Row
from tests.shows.ledger import show_ledger
from tests.shows.life import RESTART, Life
from tests.shows.office import LOOPS, Office, cameras
from tests.shows.truth import Truth, before, judge

LAST_FRAGMENT = 500_000
QUEUE = 250_000
"""µs that a fragment may wait on its way: for its last frame's end, and for the writer."""
PLAYER = ("ffprobe", "-v", "warning", "-show_entries", "format=duration", "-of", "csv", "FILE")


async def ill_treat(office: Office, site: Site, rounds: int, log: Path) -> list[int]:
    """Kill a recorder that many times. Returns the moments."""
    kills: list[int] = []
    chance = random.Random(3)
    life = Life(office, log, "--segment", "4")
    await life.begin()
    await asyncio.sleep(3.0)
    for _ in range(rounds):
        await asyncio.sleep(chance.uniform(0.05, 6.0))
        kills.append(await life.kill())
        await asyncio.sleep(RESTART)
        await life.begin()
    await asyncio.sleep(8.0)
    await life.stop()
    return kills


def restarts(site: Site, kills: Sequence[int]) -> list[int]:
    """µs from each kill until a camera was told to play, where the next kill let it come so far."""
    plays = sorted(
        asked.at
        for camera in site.cameras.values()
        for asked in camera.requests
        if asked.method == "PLAY"
    )
    found = []
    for kill, after in pairwise([*kills, sys.maxsize]):
        play = next((at for at in plays if kill < at < after), None)
        if play is not None:
            found.append(play - kill)
    return found


def check(row: Row, office: Office, site: Site, kills: list[int]) -> None:
    """Read everything that was stored and told, and compare it with what was sent."""
    account = tiling.read(office.journal)
    files = stored.look_at_all(office.volume, PLAYER)
    refused = [problem for file in files for problem in file.problems]
    for problem in refused[:20]:
        row.miss(problem)
    row.figure("files", len(files))
    row.figure("of them repaired", sum(file.repaired for file in files))
    row.figure("problems in files", len(refused), at_most=0)
    row.figure("markers left", len(list((office.volume / "open").iterdir())), at_most=0)
    told = {segment.path for segment in account.segments.values()}
    there = {str(file.path) for file in files}
    row.figure("files that were not told", len(there - told), at_most=0)
    row.figure("told files that are not there", len(told - there), at_most=0)
    row.figure("segments told as open only", len(account.opened), at_most=0)
    row.figure("segments told in two ways", len(account.contradictions), at_most=0)
    spans = account.spans(office.clock.wall())
    truths = [
        judge(
            camera.spec,
            camera.frames_sent,
            [n for file in files if file.camera == name for n in file.frames],
            [span for span in spans.get(name, []) if span.cause is not None],
        )
        for name, camera in site.cameras.items()
    ]
    frames(row, truths, kills)
    show_ledger(row, spans)


def frames(row: Row, truths: list[Truth], kills: list[int]) -> None:
    """What is missing, and whether each miss has its kill and its gap."""
    row.figure("frames in two files", sum(truth.twice for truth in truths), at_most=0)
    lost = [wait for t in truths for wall in t.sent_and_lost if (wait := before(kills, wall))]
    unexplained = [wait for wait in lost if wait > LAST_FRAGMENT + QUEUE]
    row.figure("frames sent and not stored", len(lost))
    row.figure("oldest of them before its kill", max(lost, default=0) / SECOND, unit="s")
    row.figure("lost though older than the last fragment", len(unexplained), at_most=0)
    holes = [hole for truth in truths for hole in truth.holes]
    row.figure("holes", len(holes))
    untold = [hole for truth in truths for hole in truth.untold]
    for hole in untold[:10]:
        row.miss(f"{hole.camera}: {hole.length / SECOND:.2f} s from {hole.begin} are in no gap")
    row.figure("holes that no gap covers", len(untold), at_most=0)
    lengths = [hole.length / SECOND for hole in holes] or [0.0]
    row.figure("loss a kill, median", statistics.median(lengths), unit="s")
    row.figure("loss a kill, longest (kills in a row count as one)", max(lengths), unit="s")


async def act(row: Row, specs: list[CameraSpec], rounds: int, folder: Path) -> None:
    office = Office.at(folder, folder / "runtime")
    log = folder / "recorder.log"
    async with simulate(specs, cache=LOOPS) as site:
        office.prepare([site.url(spec.name) for spec in specs])
        kills = await ill_treat(office, site, rounds, log)
        row.figure("kills", len(kills), at_least=rounds)
        waits = [wait / SECOND for wait in restarts(site, kills)]
        row.figure("restart, median", statistics.median(waits), unit="s")
        row.figure("restart, longest", max(waits), unit="s", at_most=2.0)
        check(row, office, site, kills)
    faults = [line for line in log.read_text().splitlines() if "fault of Ronda" in line]
    row.figure("faults of Ronda in its log", len(faults), at_most=0)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.3", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="work here and leave it there to be looked at")
    given = parser.parse_args(argv)
    row = Row("recorder.3")

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
            place = given.keep or Path(folder)
            asyncio.run(act(row, cameras(given.cameras), given.rounds, place))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
