"""What the catalogue costs at two million segments: `scripts/bench catalogue`, bars beside figures.

A camera's day and the coverage of a month are asked through the reader threads as a page would;
inserts go through `apply` and the writer, while a task on the loop measures how late it wakes. The
floor of inserting is the same rows through bare sqlite3, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nvr_core.clock import SECOND, SystemClock
from nvr_core.state import coverage, footage, ledger, sqlite
from nvr_core.state.catalogue import State
from nvr_core.state.opening import NAME, opened
from tests.bench import catalogue_rows as rows

MINUTE = 60 * SECOND
DAY = 1440 * MINUTE


@dataclass(frozen=True)
class Figure:
    """One measured value and its bar."""

    what: str
    value: float
    unit: str
    bar: float | None = None

    def __str__(self) -> str:
        text = f"  {self.what:52} {self.value:10.3f} {self.unit:11}"
        if self.bar is None:
            return text
        verdict = "holds" if self.value <= self.bar else "MISSED"
        return f"{text} bar {self.bar:g} {verdict}"


def quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def timed(count: int, ask: Callable[[], object]) -> list[float]:
    """Milliseconds of each of so many questions."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        await ask()  # type: ignore[misc] # one of two kinds of question
        found.append((time.perf_counter() - began) * 1000)
    return found


async def days(state: State, built: rows.Built, path: Path) -> list[Figure]:
    """A camera's day: every segment with its file and its packed parts, page by page."""
    chance = random.Random(1)
    full = max(1, built.minutes // 1440 - 1)

    async def ask() -> None:
        stream = chance.randrange(1, rows.CAMERAS + 1)
        began = built.began + chance.randrange(full) * DAY
        after = None
        while True:
            page = await state.read(
                partial(footage.between, stream=stream, began=began, ended=began + DAY, after=after)
            )
            if len(page) < footage.PAGE:
                return
            after = page[-1]

    await timed(20, ask)
    found = await timed(300, ask)
    floors = rows.day_floor(path, built, full)
    floor = statistics.median(floors)
    return [
        Figure("a camera's day, median", statistics.median(found), "ms", 20),
        Figure("a camera's day, p99", quantile(found, 0.99), "ms", 20),
        Figure("the same by bare sqlite3, median", floor, "ms"),
        Figure("the same by bare sqlite3, p99", quantile(floors, 0.99), "ms"),
        Figure("ratio to it", statistics.median(found) / floor, "times"),
    ]


async def covered(state: State, built: rows.Built) -> list[Figure]:
    streams = list(range(1, rows.CAMERAS + 1))
    now = built.ended
    ask = partial(coverage.coverage, streams=streams, began=now - 30 * DAY, ended=now, now=now)
    found = await timed(5, lambda: state.read(ask))
    return [Figure("coverage of 100 cameras x 30 days", max(found) / 1000, "s", 1)]


async def lags(stop: asyncio.Event) -> list[float]:
    """Milliseconds by which the loop woke too late, every 5 ms."""
    found = []
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append((time.perf_counter() - began) * 1000 - 5)
    return found


async def inserts(state: State, built: rows.Built, rate: int, seconds: int) -> list[Figure]:
    """Facts of so many segments a second, opened and closed, one batch a second."""
    first, *batches = rows.facts(built, rate, seconds + 1)
    # Rows of cameras that were never seen before are made once in their life.
    await state.write(partial(ledger.apply, recorder="bench", facts=first), now=True)
    gc.collect()
    stop = asyncio.Event()
    watching = asyncio.create_task(lags(stop))
    cpu, began = time.process_time(), time.perf_counter()
    spent = []
    for place, batch in enumerate(batches):
        written = time.perf_counter()
        await state.write(partial(ledger.apply, recorder="bench", facts=batch), now=True)
        spent.append((time.perf_counter() - written) * 1000)
        await asyncio.sleep(max(0.0, began + place + 1 - time.perf_counter()))
    used, passed = time.process_time() - cpu, time.perf_counter() - began
    stop.set()
    late = await watching
    idle = await resting(seconds=3)
    share = 100 * (used / passed - idle)
    return [
        Figure(f"{rate} segments/s stored, of a core", share, "%", 2),
        Figure("of a core for the measuring itself, left out", 100 * idle, "%"),
        Figure("a batch until it is on disk, median", statistics.median(spent), "ms"),
        Figure("loop lag meanwhile, p99", quantile(late, 0.99), "ms", 20),
        Figure("loop lag meanwhile, most", max(late), "ms"),
    ]


async def resting(seconds: float) -> float:
    """The share of a core that measuring the lag costs by itself."""
    stop = asyncio.Event()
    watching = asyncio.create_task(lags(stop))
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    used, passed = time.process_time() - cpu, time.perf_counter() - began
    stop.set()
    await watching
    return used / passed


async def measure(folder: Path, segments: int, rate: int, seconds: int) -> list[Figure]:
    clock = SystemClock()
    async with opened(folder, clock) as state:
        built = await state.read(rows.built)
    if built is None:
        began = time.perf_counter()
        built = rows.build(folder / NAME, segments)
        print(f"built {segments} segments in {time.perf_counter() - began:.0f} s", flush=True)
    async with opened(folder, clock) as state:
        used = await state.read(sqlite.size)
        figures = [
            Figure("bytes a segment, all tables and indexes", used / built.count, "bytes", 700)
        ]
        figures += await days(state, built, folder / NAME)
        figures += await covered(state, built)
        figures += await inserts(state, built, rate, seconds)
    floor = rows.floor(folder / "floor.db", rate, 5)
    ours = figures[-5].value
    figures.append(Figure("the same rows by bare sqlite3, of a core", floor, "%"))
    figures.append(Figure("ratio to it", ours / floor, "times"))
    return figures


def run(argv: Sequence[str]) -> list[Figure]:
    parser = argparse.ArgumentParser(prog="scripts/bench catalogue", description=__doc__)
    parser.add_argument("--segments", type=int, default=2_000_000)
    parser.add_argument("--keep", type=Path, help="a folder to build in, or to use again")
    parser.add_argument("--rate", type=int, default=200, help="segments a second")
    parser.add_argument("--seconds", type=int, default=30)
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="ronda-bench-") as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        figures = asyncio.run(measure(folder, given.segments, given.rate, given.seconds))
    for figure in figures:
        print(figure, flush=True)
    return figures


if __name__ == "__main__":
    found = run(sys.argv[1:])
    sys.exit(any(one.bar is not None and one.value > one.bar for one in found))
