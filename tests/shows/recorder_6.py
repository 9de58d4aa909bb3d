"""Row 6: what recording costs beside a bare C loop and ffmpeg, with recording.md's bars."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence

from tests.bench import record
from tests.shows.figures import Row, need_program

CPU_BAR = {30: 0.65, 100: 0.65}
"""Times ffmpeg's processor time, hashing on."""
MEMORY_BAR = {30: 0.20, 100: 0.15}
"""Times ffmpeg's PSS."""


def main(argv: Sequence[str]) -> int:
    row = Row("recorder.6")

    def measure() -> None:
        need_program("ffmpeg", "ffmpeg")
        need_program("cc", "gcc")
        row.figure("machine", f"{os.cpu_count()} cores, Python {platform.python_version()}")
        for count, rows in record.run(argv).items():
            for name, figures in rows.items():
                if name.startswith("Ronda"):
                    say(count, name, figures)
                else:
                    row.figure(f"{count} streams, {name}", figures["cpu"], unit="% of a core each")

    def say(count: int, name: str, figures: dict[str, float]) -> None:
        hashed = name == "Ronda"
        head = f"{count} streams, {name}"
        row.figure(head, figures["cpu"], unit="% of a core each")
        row.figure(f"{head} / C loop", figures["cpu / C loop"])
        spread = f"{figures['cpu / ffmpeg, least']:.2f} to {figures['cpu / ffmpeg, most']:.2f}"
        bar = CPU_BAR.get(count) if hashed else None
        row.figure(f"{head} / ffmpeg", figures["cpu / ffmpeg"], at_most=bar)
        row.figure(f"{head} / ffmpeg, spread", spread)
        bar = MEMORY_BAR.get(count) if hashed else None
        row.figure(f"{head}, memory / ffmpeg", figures["memory / ffmpeg"], at_most=bar)

    return row.run(measure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
