"""catalogue.3: killed at every step of deletion, adoption, repair and upgrade, before and after
each effect; after the next start the catalogue equals the disk."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.shows import cuts
from tests.shows.figures import Row
from tests.shows.office import ROOT


def kill(what: str, data: Path, at: int) -> int:
    """Do the work in a process of its own that ends at this step. Returns its exit code."""
    words = [sys.executable, "-m", "tests.shows.cuts", what, str(data), str(at)]
    return subprocess.run(words, cwd=ROOT, check=False, timeout=120, capture_output=True).returncode


def again(kept: Path, data: Path) -> None:
    """As it was before the work. The volume's path stands in the catalogue: it is the same one."""
    if data.exists():
        shutil.rmtree(data)
    shutil.copytree(kept, data)


def cut(row: Row, what: str, folder: Path) -> int:
    """One kind of work, cut at each of its steps. Returns how often."""
    data, kept = folder / "data", folder / "kept"
    data.mkdir(parents=True)
    asyncio.run(cuts.prepare(what, data))
    data.rename(kept)
    again(kept, data)
    steps = asyncio.run(cuts.steps(what, data))
    wanted, wrong = asyncio.run(cuts.finished(what, data))
    misses = [f"uncut: {fault}" for fault in wrong]
    kills = 0
    for at, name in enumerate(steps):
        again(kept, data)
        kills += kill(what, data, at) == cuts.KILLED
        misses += [f"after {name!r}: {fault}" for fault in asyncio.run(cuts.faults(what, data))]
        found, wrong = asyncio.run(cuts.finished(what, data))
        misses += [f"after {name!r}, done again: {fault}" for fault in wrong]
        if what == "aged":
            found &= wanted  # no speed is saved up over a restart, so it goes more slowly
        if found != wanted:
            misses.append(f"after {name!r}, done again, other files lie there than without a kill")
    names = list(dict.fromkeys(name.split(":")[0] for name in steps))
    row.figure(f"{what}: steps ({', '.join(names)})", len(steps), at_least=2)
    row.figure(f"{what}: killed there", kills, at_least=len(steps))
    row.figure(f"{what}: what did not fit after the next start", len(misses), at_most=0)
    for sentence in misses[:5]:
        row.miss(f"{what}, {sentence}")
    return kills


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show catalogue.3", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=cuts.EVERY, default=cuts.EVERY)
    given = parser.parse_args(argv)
    row = Row("catalogue.3")

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as name:
            kills = [cut(row, what, Path(name) / what.replace(" ", "-")) for what in given.only]
        row.figure("kills", sum(kills))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
