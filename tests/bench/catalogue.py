"""What the catalogue costs at two million segments: `scripts/bench catalogue`, bars beside figures.

A camera's day and the coverage of a month are asked through the reader threads as a page would;
inserts go through `apply` and the writer, and when their cost is known a task on the loop measures
how late it wakes. Each second's batch is awaited, so a figure is of a whole process. The bar of a
day is held against the median of 300 days, with the p99 beside it; that of inserting against the
mean of all seconds; that of coverage against the slowest of five. The floor of inserting is the
same rows through bare sqlite3, in the same run.
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
from nvr_core.state import cameras, coverage, footage, history, ledger, spans, sqlite
from nvr_core.state.catalogue import State
from nvr_core.state.opening import NAME, opened
from nvr_core.wire import codec
from nvr_core.wire.facts import Numbered
from tests.bench import catalogue_rows as rows

MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
STORED = "{} segments/s stored, of a core"


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
        Figure("a camera's day, p99", quantile(found, 0.99), "ms"),
        Figure("the same by bare sqlite3, median", floor, "ms"),
        Figure("the same by bare sqlite3, p99", quantile(floors, 0.99), "ms"),
        Figure("ratio to it", statistics.median(found) / floor, "times"),
    ]


async def lines(state: State, built: rows.Built) -> list[Figure]:
    """A camera's day as a page draws it: stretches and gaps, which need no file and no parts."""
    chance = random.Random(3)
    full = max(1, built.minutes // 1440 - 1)
    names = list((await state.read(cameras.list_streams)).values())

    async def ask() -> None:
        camera, stream = names[chance.randrange(rows.CAMERAS)]
        began = built.began + chance.randrange(full) * DAY
        drawn = partial(spans.spans, camera=camera, stream=stream, nearer=DAY // 1000)
        await state.read(partial(drawn, began=began, ended=began + DAY))
        missing = partial(history.gaps_of, camera=camera, stream=stream)
        await state.read(partial(missing, began=began, ended=began + DAY))

    await timed(20, ask)
    found = await timed(300, ask)
    return [
        Figure("the same as a page draws it, median", statistics.median(found), "ms", 20),
        Figure("the same as a page draws it, p99", quantile(found, 0.99), "ms"),
    ]


async def covered(state: State, built: rows.Built) -> list[Figure]:
    streams = list(range(1, rows.CAMERAS + 1))
    now = built.ended
    ask = partial(coverage.coverage, streams=streams, began=now - 30 * DAY, ended=now, now=now)
    found = await timed(5, lambda: state.read(ask))
    return [
        Figure(
            "coverage of 100 cameras x 30 days, median of 5", statistics.median(found) / 1000, "s"
        ),
        Figure("coverage of 100 cameras x 30 days, most", max(found) / 1000, "s", 1),
    ]


async def lags(stop: asyncio.Event) -> list[float]:
    """Milliseconds by which the loop woke too late, every 5 ms."""
    found = []
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append((time.perf_counter() - began) * 1000 - 5)
    return found


async def paced(state: State, batches: Sequence[list[Numbered]]) -> tuple[list[float], list[float]]:
    """Store a batch a second. Returns of each second: % of a core used, ms until it was on disk.

    All of the process counts, the second's rest with it.
    """
    used, spent = [], []
    for batch in batches:
        cpu, began = time.process_time(), time.perf_counter()
        await state.write(partial(ledger.apply, recorder="bench", facts=batch), now=True)
        spent.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(max(0.0, began + 1 - time.perf_counter()))
        used.append(100 * (time.process_time() - cpu))
    return used, spent


async def inserts(state: State, built: rows.Built, rate: int, seconds: int) -> list[Figure]:
    """Facts of so many segments a second, opened and closed, one batch a second.

    What it costs is measured first. How late the loop is comes after: looking every 5 ms costs more
    than the storing.
    """
    watched = max(5, seconds // 3)
    first, *batches = rows.facts(built, rate, 1 + seconds + watched)
    # Rows of cameras that were never seen before are made once in their life.
    await state.write(partial(ledger.apply, recorder="bench", facts=first), now=True)
    lines = [codec.encode(fact) for fact in batches[0]]
    gc.collect()
    used, spent = await paced(state, batches[:seconds])
    stop = asyncio.Event()
    watching = asyncio.create_task(lags(stop))
    await paced(state, batches[seconds:])
    stop.set()
    late = await watching
    return [
        Figure(STORED.format(rate), statistics.fmean(used), "%", 2),
        Figure("of its seconds, the median", statistics.median(used), "%"),
        Figure("of its seconds, p99", quantile(used, 0.99), "%"),
        Figure("reading them from a journal's lines, of a core", reading(lines), "%"),
        Figure("a batch until it is on disk, median", statistics.median(spent), "ms"),
        Figure("a batch until it is on disk, p99", quantile(spent, 0.99), "ms"),
        Figure("loop lag meanwhile, median", statistics.median(late), "ms"),
        Figure("loop lag meanwhile, p99", quantile(late, 0.99), "ms", 20),
        Figure("loop lag meanwhile, most", max(late), "ms"),
    ]


def reading(lines: Sequence[bytes]) -> float:
    """% of a core, once a second, for making facts of their lines: the server's part before."""
    found = []
    for _ in range(5):
        cpu = time.thread_time()
        for line in lines:
            codec.decode(line)
        found.append(100 * (time.thread_time() - cpu))
    return statistics.median(found)


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
        figures += await lines(state, built)
        figures += await covered(state, built)
        figures += await inserts(state, built, rate, seconds)
    floor = rows.floor(folder / "floor.db", rate, 5)
    ours = next(one.value for one in figures if one.what == STORED.format(rate))
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
        return asyncio.run(measure(folder, given.segments, given.rate, given.seconds))


if __name__ == "__main__":
    found = run(sys.argv[1:])
    for figure in found:
        print(figure, flush=True)
    sys.exit(any(one.bar is not None and one.value > one.bar for one in found))
