"""catalogue.2: whatever happens in whatever order, rows and files, the line and coverage agree.

One hypothesis machine (tests/core/storage/whole_model.py): footage in real files, facts through a
real journal into a real catalogue, recorders and servers that are killed, schedules, clocks that
are set, deletion, holds, volumes that are carried away, files carried to another volume.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core.storage.whole_model import Whole
from tests.shows.figures import Row


class Counted(Whole):
    """Counts what it did, over all examples."""

    acts: ClassVar[Counter[str]] = Counter()
    examples = 0
    looked = 0
    spans = 0
    killed = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1

    def step(self, name: str) -> None:
        try:
            super().step(name)
        except BaseException:
            Counted.killed += 1
            raise
        self.acts[name.split(":")[0]] += 1

    def teardown(self) -> None:
        if hasattr(self, "player"):
            Counted.spans += sum(len(one.truth.spans) for one in self.player.streams.values())
            self.acts["recorders killed"] += self.player.life - 1
            self.acts["segments recorded"] += len(self.real)
        Counted.looked += self.checked
        super().teardown()


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show catalogue.2", description=__doc__)
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--steps", type=int, default=50)
    given = parser.parse_args(argv)
    row = Row("catalogue.2")
    row.figure("machine", f"{os.cpu_count()} cores")

    def work() -> None:
        logging.disable(logging.WARNING)  # volumes that are away are told of thousands of times
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
            tempfile.tempdir = folder
            try:
                run_state_machine_as_test(
                    Counted,
                    settings=settings(
                        max_examples=given.examples,
                        stateful_step_count=given.steps,
                        deadline=None,
                        database=None,
                        derandomize=False,
                        phases=[Phase.generate, Phase.shrink],
                        suppress_health_check=list(HealthCheck),
                    ),
                )
            finally:
                tempfile.tempdir = None
        row.figure("seconds", time.monotonic() - began)
        row.figure("examples", Counted.examples, at_least=given.examples)
        row.figure("times that everything was compared", Counted.looked, at_least=given.examples)
        row.figure("stretches of streams' lives", Counted.spans)
        row.figure("programs ended within an effect", Counted.killed, at_least=1)
        for name, count in sorted(Counted.acts.items()):
            row.figure(name, count)

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
