"""Row 1: the catalogue at 2,000,000 segments, and made anew from 10,000 files.

Which statistic a bar is held against stands in the figure's name; its spread stands beside it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import catalogue, rebuild
from tests.shows.figures import Row

FILES = 10_000
ROUNDS = 3
"""Volumes that are read anew, one after the other."""


def main(argv: Sequence[str]) -> int:
    row = Row("catalogue.1")

    def measure() -> None:
        row.figure(
            "machine",
            f"{os.cpu_count()} cores, Python {platform.python_version()}, "
            f"SQLite {sqlite3.sqlite_version}",
        )
        for one in catalogue.run(argv):
            row.figure(one.what, one.value, unit=one.unit, at_most=one.bar)
        rebuilt()

    def rebuilt() -> None:
        spent = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory(prefix="rebuild-") as name:
                seconds, used = asyncio.run(rebuild.measure(Path(name), FILES, 1))
            spent.append(seconds)
        head = f"rebuild of {FILES} small files"
        row.figure(f"{head}, most of {ROUNDS}", max(spent), unit="s", at_most=rebuild.BAR)
        row.figure(f"{head}, least", min(spent), unit="s")
        row.figure(f"{head}, of the processor", used, unit="s")

    return row.run(measure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
