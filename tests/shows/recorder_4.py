"""recorder.4: the power is cut at random moments; what was durable is there, whole and told."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.simulators import simulate
from nvr_core.simulators.camera import Camera
from nvr_core.simulators.site import Site
from tests.shows import stored, tiling
from tests.shows.figures import Row
from tests.shows.ledger import show_ledger
from tests.shows.life import Life
from tests.shows.office import FPS, LOOPS, Office, cameras
from tests.shows.powercut import Disk
from tests.shows.truth import HANGING_UP, Truth, judge

CAMERAS = 4
PLAYER = ("ffmpeg", "-v", "warning", "-threads", "1", "-i", "FILE", "-f", "null", "-")
BAR = 2 * SECOND
FRAGMENT = 500_000 + SECOND // FPS
"""Before a frame can be durable, its fragment must be whole."""


@dataclass
class Cut:
    """One power cut."""

    moment: int
    durable: int
    """What the recorder had said to be durable by then; 0 for nothing."""
    recorded_from: int
    """When the life that it ended had begun, µs."""


@dataclass
class Story:
    """What one file system went through."""

    office: Office
    cameras: dict[str, Camera]
    cuts: list[Cut] = field(default_factory=list)


async def suffer(disk: Disk, site: Site, names: Sequence[str], memory: Path, rounds: int) -> Story:
    """Record these cameras and cut, that many times, and end in peace."""
    office = Office.at(disk.root, memory / disk.kind)
    story = Story(office, {name: site.cameras[name] for name in names})
    chance = random.Random(disk.kind)
    disk.mount()
    office.prepare([site.url(name) for name in names])
    life = Life(office, memory / f"{disk.kind}.log", "--segment", "3")
    for _ in range(rounds):
        began = office.clock.wall()
        life.durable = 0
        await life.begin()
        await asyncio.sleep(chance.uniform(3.0, 8.0))
        durable = life.durable
        moment = office.clock.wall()
        disk.cut()
        await life.kill()
        story.cuts.append(Cut(moment, durable, began))
        shutil.rmtree(office.runtime)
        await asyncio.to_thread(disk.unmount)
        await asyncio.to_thread(disk.mount)
        office.runtime.mkdir()
    await life.begin()
    await asyncio.sleep(10.0)
    await life.stop()
    return story


def check(row: Row, kind: str, story: Story) -> None:
    """Read all that is there, and measure what each cut took."""
    office = story.office
    account = tiling.read(office.journal)
    files = stored.look_at_all(office.volume, PLAYER)
    refused = [problem for file in files for problem in file.problems]
    for problem in refused[:20]:
        row.miss(problem)
    row.figure(f"{kind}: cuts", len(story.cuts))
    row.figure(f"{kind}: files", len(files))
    row.figure(f"{kind}: of them repaired", sum(file.repaired for file in files))
    row.figure(f"{kind}: problems in files", len(refused), at_most=0)
    markers = list((office.volume / "open").iterdir())
    row.figure(f"{kind}: markers left", len(markers), at_most=0)
    told = {segment.path: segment for segment in account.segments.values()}
    there = {str(file.path): file for file in files}
    row.figure(f"{kind}: files that were not told", len(there.keys() - told.keys()), at_most=0)
    gone = told.keys() - there.keys()
    row.figure(f"{kind}: told files that are not there", len(gone), at_most=0)
    other = [path for path in told.keys() & there.keys() if told[path].sha256 != there[path].sha256]
    row.figure(f"{kind}: files told with another hash", len(other), at_most=0)
    row.figure(f"{kind}: segments told as open only", len(account.opened), at_most=0)
    spans = account.spans(office.clock.wall())
    truths = [
        judge(
            camera.spec,
            camera.frames_sent,
            [n for file in files if file.camera == name for n in file.frames],
            [span for span in spans.get(name, []) if span.cause is not None],
        )
        for name, camera in story.cameras.items()
    ]
    losses(row, kind, story, truths)
    row.figure(f"{kind}: frames in two files", sum(truth.twice for truth in truths), at_most=0)
    untold = [hole for truth in truths for hole in truth.untold]
    for hole in untold[:5]:
        row.miss(f"{kind}: {hole.camera}: {hole.length / SECOND:.2f} s from {hole.begin} untold")
    row.figure(f"{kind}: holes that no gap covers", len(untold), at_most=0)
    show_ledger(row, spans, f"{kind}: ")


def losses(row: Row, kind: str, story: Story, truths: list[Truth]) -> None:
    """How old the oldest frame was that a cut took, for each camera that had begun to send."""
    lost, beyond, late = [], 0, []
    for cut in story.cuts:
        behind = cut.moment - cut.durable if cut.durable else 0
        late.append(behind / SECOND)
        for truth in truths:
            walls = [w for w in truth.sent_and_lost if cut.recorded_from < w <= cut.moment]
            loss = cut.moment - min(walls, default=cut.moment)
            lost.append(loss / SECOND)
            if loss > max(BAR, behind + FRAGMENT):
                beyond += 1
                row.miss(
                    f"{kind}: the cut at {cut.moment} took {loss / SECOND:.2f} s from "
                    f"{truth.camera}, durable was until {behind / SECOND:.2f} s before"
                )
    row.figure(f"{kind}: footage lost by a cut, median", statistics.median(lost), unit="s")
    row.figure(f"{kind}: footage lost by a cut, longest", max(lost), unit="s")
    row.figure(f"{kind}: durable_through behind, median", statistics.median(late), unit="s")
    row.figure(f"{kind}: durable_through behind, longest", max(late), unit="s")
    row.figure(f"{kind}: losses of more than 2 s and than it said", beyond, at_most=0)
    others = sum(
        not any(cut.recorded_from < wall <= cut.moment + HANGING_UP for cut in story.cuts)
        for truth in truths
        for wall in truth.sent_and_lost
    )
    row.figure(f"{kind}: frames lost without a cut", others, at_most=0)


async def act(row: Row, kinds: Sequence[str], rounds: int, folder: Path) -> None:
    specs = cameras(CAMERAS * len(kinds))
    names = [spec.name for spec in specs]
    disks = [Disk(kind, folder) for kind in kinds]
    with tempfile.TemporaryDirectory(prefix="ronda-show-", dir="/dev/shm") as memory:
        try:
            async with simulate(specs, cache=LOOPS) as site:
                stories = await asyncio.gather(
                    *(
                        suffer(disk, site, names[place :: len(disks)], Path(memory), rounds)
                        for place, disk in enumerate(disks)
                    )
                )
                for disk, story in zip(disks, stories, strict=True):
                    await asyncio.to_thread(check, row, disk.kind, story)
        finally:
            for disk in disks:
                disk.away()
            for log in Path(memory).glob("*.log"):
                shutil.copy(log, folder)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.4", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="cuts of each file system")
    parser.add_argument("--kinds", nargs="+", choices=("ext4", "xfs"), default=["ext4", "xfs"])
    parser.add_argument("--keep", type=Path, help="work here and leave logs and images there")
    given = parser.parse_args(argv)
    row = Row("recorder.4")

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
            asyncio.run(act(row, given.kinds, given.rounds, given.keep or Path(folder)))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
