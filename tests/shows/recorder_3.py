"""recorder.3: programs are killed at random moments; only what the ledger tells is missing."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.site import Site
from tests.shows import stored, tiling
from tests.shows.figures import Row
from tests.shows.house import House
from tests.shows.ledger import show_ledger
from tests.shows.office import LOOPS, cameras
from tests.shows.truth import HANGING_UP, Hole, Truth, before, judge

LAST_FRAGMENT = 500_000
QUEUE = 250_000
"""µs that a fragment may wait on its way: for its last frame's end, and for the writer."""
RESTART = 2 * SECOND
GOP = SECOND
YOUNG = 3 * SECOND
"""µs from kill to kill: a recorder that lived for less than 2 s is started again more slowly."""
PLAYER = ("ffprobe", "-v", "warning", "-show_entries", "format=duration", "-of", "csv", "FILE")
VICTIMS = {"recorder": ("rtsp",), "server": ("server",), "both": ("server", "rtsp")}
CHANCES = ["recorder"] * 5 + ["server"] * 2 + ["both"] * 2 + ["parent"]


@dataclass
class Treatment:
    """What was done to a house."""

    kills: dict[str, int] = field(default_factory=dict)
    """How often, by what was killed."""
    recorder: list[int] = field(default_factory=list)
    """When the recorder was killed, µs."""
    adopted: int = 0
    """Programs that went on, the same process, under the next parent."""
    replaced: list[str] = field(default_factory=list)
    """Programs that a parent's end took along."""


async def ill_treat(house: House, rounds: int) -> Treatment:
    """Kill its programs that many times, and end in peace."""
    done = Treatment()
    chance = random.Random(3)
    await house.begin()
    await asyncio.sleep(5.0)
    for number in range(rounds):
        victim = CHANCES[number] if rounds < len(CHANCES) else chance.choice(CHANCES)
        done.kills[victim] = done.kills.get(victim, 0) + 1
        await asyncio.sleep(chance.uniform(0.05, 4.5))
        if victim == "parent":
            await orphan(house, done)
            continue
        pids = {program: await house.present(program) for program in VICTIMS[victim]}
        for program in VICTIMS[victim]:
            if program == "rtsp":
                done.recorder.append(house.office.clock.wall())
            house.kill(program)
        for program, pid in pids.items():
            await house.present(program, other_than=pid)
    await asyncio.sleep(8.0)
    await house.end()
    return done


async def orphan(house: House, done: Treatment) -> None:
    """Kill the parent: its programs go on, and the next parent takes them over."""
    pids = {program: await house.present(program) for program in ("server", "rtsp")}
    house.kill("parent")
    await house.buried()
    await asyncio.sleep(0.5)
    await house.begin()
    for program, pid in pids.items():
        if house.pid(program) == pid:
            done.adopted += 1
        else:
            done.replaced.append(program)


def restarts(site: Site, kills: Sequence[int]) -> tuple[list[float], list[float]]:
    """Seconds from each kill until a camera was told to play, where the next kill let it.

    Those of recorders that had lived for a while, and those that the parent made wait longer
    because they had died young.
    """
    plays = sorted(
        asked.at
        for camera in site.cameras.values()
        for asked in camera.requests
        if asked.method == "PLAY"
    )
    found: tuple[list[float], list[float]] = [], []
    for last, kill, after in zip([0, *kills], kills, [*kills[1:], sys.maxsize], strict=False):
        play = next((at for at in plays if kill < at < after), None)
        if play is not None:
            found[kill - last < YOUNG].append((play - kill) / SECOND)
    return found


def check(row: Row, house: House, site: Site, kills: list[int]) -> None:
    """Read everything that was stored and told, and compare it with what was sent."""
    office, names = house.office, house.names()
    account = tiling.read(office.journal)
    files = stored.look_at_all(office.volume, PLAYER)
    refused = [problem for file in files for problem in file.problems]
    for problem in refused[:20]:
        row.miss(problem)
    row.figure("files read, hashed, decoded and probed", len(files))
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
            site.cameras[name].spec,
            site.cameras[name].frames_sent,
            [n for file in files if file.camera == camera for n in file.frames],
            [span for span in spans.get(camera, []) if span.cause is not None],
        )
        for camera, name in names.items()
    ]
    frames(row, truths, kills)
    show_ledger(row, spans)


def frames(row: Row, truths: list[Truth], kills: list[int]) -> None:
    """What is missing, and whether each miss has its kill and its gap."""
    row.figure("frames in two files", sum(truth.twice for truth in truths), at_most=0)
    waits = [before(kills, wall) for truth in truths for wall in truth.sent_and_lost]
    lost = [wait for wait in waits if wait is not None]
    row.figure("frames sent and not stored", len(waits))
    row.figure("oldest of them before its kill", max(lost, default=0) / SECOND, unit="s")
    unexplained = sum(wait > LAST_FRAGMENT + QUEUE for wait in lost) + len(waits) - len(lost)
    row.figure("lost though older than the last fragment", unexplained, at_most=0)
    holes = [hole for truth in truths for hole in truth.holes]
    for hole in [hole for truth in truths for hole in truth.untold][:10]:
        row.miss(f"{hole.camera}: {hole.length / SECOND:.2f} s from {hole.begin} are in no gap")
    killed = [(hole, kills_in(hole, kills)) for hole in holes]
    row.figure("holes", len(holes))
    row.figure("holes without a kill of the recorder", sum(not k for _, k in killed), at_most=0)
    lengths = [hole.length / SECOND for hole, inside in killed if inside == 1] or [0.0]
    row.figure("holes of one kill", len(lengths))
    row.figure("loss a kill, median", statistics.median(lengths), unit="s")
    bar = (LAST_FRAGMENT + QUEUE + RESTART + GOP) / SECOND
    row.figure("loss a kill, longest", max(lengths), unit="s", at_most=bar)


def kills_in(hole: Hole, kills: Sequence[int]) -> int:
    """Kills that a hole may come from: inside it, or just behind its beginning."""
    return sum(hole.begin - HANGING_UP <= kill <= hole.end for kill in kills)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def act(row: Row, specs: list[CameraSpec], rounds: int, folder: Path) -> None:
    """One house with these cameras, from its first to its last moment."""
    with tempfile.TemporaryDirectory(prefix="ronda-show-", dir="/dev/shm") as memory:
        house = House(folder, Path(memory), free_port())
        async with simulate(specs, cache=LOOPS) as site:
            house.furnish([site.url(spec.name) for spec in specs])
            try:
                done = await ill_treat(house, rounds)
            finally:
                house.abolish()
            row.figure("cameras", len(specs))
            row.figure("kills", sum(done.kills.values()), at_least=rounds)
            for victim, count in sorted(done.kills.items()):
                row.figure(f"kills of {victim}", count)
            row.figure("programs that went on without their parent", done.adopted)
            row.figure("programs that did not", len(done.replaced), at_most=0)
            row.figure("load of this machine at the end", os.getloadavg()[0])
            steady, young = restarts(site, done.recorder)
            row.figure("restart, median", statistics.median(steady or [0.0]), unit="s")
            row.figure(
                "restart, longest", max(steady, default=0.0), unit="s", at_most=RESTART / SECOND
            )
            row.figure(
                "restart after a death within 2 s, longest", max(young, default=0.0), unit="s"
            )
            check(row, house, site, done.recorder)
        said = (Path(memory) / "log").glob("*.log")
        faults = [
            line
            for log in said
            for line in log.read_text().splitlines()
            if "fault of Ronda" in line
        ]
        row.figure("faults of Ronda in its logs", len(faults), at_most=0)
        for line in faults[:5]:
            row.miss(f"a fault of Ronda: {line}")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.3", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="kills with 8 cameras")
    parser.add_argument("--crowd", type=int, default=5, help="kills with 100 cameras")
    parser.add_argument("--keep", type=Path, help="work here and leave it there to be looked at")
    given = parser.parse_args(argv)
    row = Row("recorder.3")

    def work() -> None:
        for count, rounds in ((8, given.rounds), (100, given.crowd)):
            if rounds:
                with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
                    place = given.keep / str(count) if given.keep else Path(folder)
                    place.mkdir(exist_ok=True)
                    asyncio.run(act(row, cameras(count), rounds, place))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
