"""What recording costs: `scripts/bench record`, C loop, ffmpeg and Ronda in turn, ratios printed.

CPU is user and system time of all processes of a peer per stream, in % of one core. Cameras run
on one core, the recorder on the other; these machines are shared, so ratios count, not figures.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import peers

Start = Callable[[int, int, Path], peers.Peer]

PEERS: dict[str, Start] = {
    "C loop": peers.floor,
    "ffmpeg": peers.ffmpeg,
    "Ronda": peers.ronda,
    "Ronda, no hash": lambda port, count, folder: peers.ronda(port, count, folder, "--no-hash"),
}
WARM_UP = 6.0


@dataclass(frozen=True)
class Figure:
    """One measurement of one peer."""

    cpu: float
    """% of a core per stream."""
    memory: float
    """MiB of PSS, all streams."""


def measure(start: Start, port: int, count: int, seconds: float) -> Figure:
    """Start a peer, let it settle, and look at it for a while."""
    with tempfile.TemporaryDirectory(prefix="ronda-bench-") as name:
        peer = start(port, count, Path(name))
        try:
            peers.wait_for_files(Path(name), count, 60.0)
            time.sleep(WARM_UP)
            cpu, began = peer.cpu(), time.monotonic()
            time.sleep(seconds)
            spent, passed = peer.cpu() - cpu, time.monotonic() - began
            memory = peer.memory()
        finally:
            peer.stop()
    return Figure(cpu=100 * spent / passed / count, memory=memory)


def compare(count: int, rounds: int, seconds: float, cache: Path) -> dict[str, list[Figure]]:
    """All peers in turn, round by round, against the same cameras."""
    process, port = peers.cameras(count, cache)
    figures: dict[str, list[Figure]] = defaultdict(list)
    try:
        for _ in range(rounds):
            for name, start in PEERS.items():
                figures[name].append(measure(start, port, count, seconds))
    finally:
        process.terminate()
        process.wait(15)
    return figures


def summary(figures: dict[str, list[Figure]]) -> dict[str, dict[str, float]]:
    """Medians, and the median of the ratios round by round with its spread."""
    rows: dict[str, dict[str, float]] = {}
    against = {name: [figure.cpu for figure in figures[name]] for name in ("C loop", "ffmpeg")}
    for name, mine in figures.items():
        row = {
            "cpu": statistics.median(figure.cpu for figure in mine),
            "memory": statistics.median(figure.memory for figure in mine),
        }
        for other, theirs in against.items():
            ratios = sorted(a.cpu / b for a, b in zip(mine, theirs, strict=True) if b)
            if ratios:
                row[f"cpu / {other}"] = statistics.median(ratios)
                row[f"cpu / {other}, least"] = ratios[0]
                row[f"cpu / {other}, most"] = ratios[-1]
        ffmpeg = statistics.median(figure.memory for figure in figures["ffmpeg"])
        row["memory / ffmpeg"] = row["memory"] / ffmpeg
        rows[name] = row
    return rows


def show(count: int, rows: dict[str, dict[str, float]]) -> None:
    """One line a peer."""
    print(f"{count} streams: % of a core each (ratio to C; to ffmpeg, least-most); PSS")
    for name, row in rows.items():
        print(
            f"  {name:15} {row['cpu']:.3f} %  {row.get('cpu / C loop', 0):5.2f} × C"
            f"  {row['cpu / ffmpeg']:.2f} × ffmpeg"
            f" ({row['cpu / ffmpeg, least']:.2f}-{row['cpu / ffmpeg, most']:.2f})"
            f"  {row['memory']:7.0f} MiB ({row['memory / ffmpeg']:.2f} × ffmpeg)",
            flush=True,
        )


def run(argv: Sequence[str]) -> dict[int, dict[str, dict[str, float]]]:
    """Measure what the command line asks for. Returns the summary by number of streams."""
    parser = argparse.ArgumentParser(prog="scripts/bench record", description=__doc__)
    parser.add_argument("--streams", default="10,30,100", help="comma-separated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--cache", type=Path, default=Path(".cache/loops"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    given.cache.mkdir(parents=True, exist_ok=True)
    measured = functools.partial(
        compare, rounds=given.rounds, seconds=given.seconds, cache=given.cache
    )
    found: dict[int, dict[str, dict[str, float]]] = {}
    for count in (int(word) for word in given.streams.split(",")):
        found[count] = summary(measured(count))
        if not given.json:
            show(count, found[count])
    if given.json:
        print(json.dumps(found, indent=2))
    return found


if __name__ == "__main__":
    run(sys.argv[1:])
