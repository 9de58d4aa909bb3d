"""What it costs to make the catalogue anew from a volume: `scripts/bench rebuild`, with its bar.

The files are small, warm in memory, and their hashes are not checked: it is reading boxes and
storing rows that is measured. A second figure is for files with the boxes of a whole minute.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nvr_core.clock import SECOND, SystemClock
from nvr_core.state.opening import opened
from nvr_core.storage.rebuild import rebuild
from nvr_core.testing.story import Story
from nvr_core.wire import volume
from nvr_core.wire.ids import new_id
from tests.bench.catalogue import Figure

BAR = 10.0
"""Seconds for 10,000 small files."""
CAMERAS = 20
BEGAN = 1_795_500_000 * SECOND

T = TypeVar("T")


async def run(call: Callable[[], T], /) -> T:
    return call()


def made(root: Path, count: int, groups: int) -> None:
    """Segments of `groups` seconds, of some cameras side by side, in folders as recorders do."""
    volume.prepare(root, "bench")
    clock = SystemClock()
    for _ in range(CAMERAS):
        camera = new_id(clock)
        story = Story(camera, run=new_id(clock), wall=BEGAN)
        for place in range(count // CAMERAS):
            day = time.strftime("%Y/%m/%d", time.gmtime(story.wall // SECOND))
            story.folder = root / camera / "main" / day
            if place % 100 == 0:
                story.folder.mkdir(parents=True, exist_ok=True)
            story.begin(f"{place:09}-{new_id(clock)}")
            for fragment in range(2 * groups):
                story.fragment(key=fragment % 2 == 0)
            story.close()


async def measure(folder: Path, count: int, groups: int) -> tuple[float, float]:
    """Seconds that passed, and seconds of the processor."""
    root = folder / "volume"
    made(root, count, groups)
    clock = SystemClock()
    async with opened(folder / "catalogue", clock) as state:
        began, used = time.perf_counter(), time.process_time()
        report = await rebuild(state, clock, run, [root], installation="bench")
        spent, used = time.perf_counter() - began, time.process_time() - used
    if report.adopted != count or not report.sound:
        raise SystemExit("; ".join(report.sentences()))
    return spent, used


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--minutes", type=int, default=1_000, help="files of a whole minute")
    said = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory(prefix="rebuild-") as one:
        spent, used = asyncio.run(measure(Path(one), said.files, 1))
        bar = BAR * said.files / 10_000
        figures.append(Figure(f"rebuild of {said.files} small files", spent, "s", bar))
        figures.append(Figure("of the processor, for that", used, "s"))
    with tempfile.TemporaryDirectory(prefix="rebuild-") as other:
        spent, _ = asyncio.run(measure(Path(other), said.minutes, 60))
        figures.append(
            Figure("a file of a minute, 120 fragments", 1000 * spent / said.minutes, "ms")
        )
    for figure in figures:
        print(figure)
    return int(any(one.bar is not None and one.value > one.bar for one in figures))


if __name__ == "__main__":
    sys.exit(main())
