"""recorder.5: every fault of the field list, again and again; memory over 1,000 reconnects; one
wrong password for sixteen streams."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nvr_core.recorder.session import RtspSession
from nvr_core.simulators import simulate
from nvr_core.testing.ordeal import HARSH, Crowd, Trial, trials
from nvr_core.testing.switches import SWITCHES, specs
from tests.shows.figures import Row
from tests.shows.office import LOOPS
from tests.shows.reconnects import reconnect
from tests.shows.sixteen import sixteen


async def suffer(row: Row, folder: Path, rounds: int) -> list[Trial]:
    """All switches side by side in one recorder, and what it has left when all is well again."""
    rig = Crowd(folder, options=HARSH)
    made = specs(SWITCHES)
    async with simulate(made, cache=LOOPS, tls=True, remembered=1) as site, rig.recorder():
        found = trials(rig, site, SWITCHES)
        await asyncio.gather(*(trial.recorded() for trial in found))
        await asyncio.gather(*(trial.heal() for trial in found))
        before = await _left()
        await asyncio.gather(*(trial.suffer(rounds) for trial in found))
        after = await _left()
    for name, was in before.items():
        row.figure(f"{name}, all well, before", was)
        row.figure(f"{name}, all well, after", after[name], at_most=was)
    return found


async def _left() -> dict[str, int]:
    """What one process holds, cameras and recorder: the least of some looks, because a file that
    is being closed is none that was forgotten."""
    gc.collect()
    tasks, descriptors = [], []
    for _ in range(20):
        await asyncio.sleep(0.3)
        tasks.append(len(asyncio.all_tasks()))
        descriptors.append(len(os.listdir("/proc/self/fd")))
    return {
        "asyncio tasks": min(tasks),
        "open descriptors": min(descriptors),
        "conversations": sum(isinstance(thing, RtspSession) for thing in gc.get_objects()),
    }


def tell(row: Row, found: Sequence[Trial], rounds: int) -> None:
    """One line a switch, then the sums."""
    wrong = 0
    for trial in found:
        trial.look()
        switch = trial.switch
        asked = f"{switch.cause}" if switch.cause else "goes on"
        told = ", ".join(f"{cause} {count}" for cause, count in sorted(trial.causes.items()))
        row.figure(
            f"{switch.row}: times, resumed, {asked}; gaps; frames",
            f"{trial.rounds}, {trial.resumed}, {trial.seen}; {told}; "
            f"{sum(fact.frames for fact in trial.segments)}",
        )
        wrong += len(trial.wrong)
        for sentence in trial.wrong[:3]:
            row.miss(f"{switch.row}: {sentence}")
    every = len(found) * rounds
    row.figure("switches", len(found))
    row.figure("times switched on", sum(t.rounds for t in found), at_least=every)
    row.figure("went on or resumed", sum(t.resumed for t in found), at_least=every)
    row.figure("cause right", sum(t.seen for t in found), at_least=every)
    row.figure("files, sound by hash", sum(len(t.segments) for t in found))
    row.figure("anything wrong", wrong, at_most=0)


async def act(row: Row, parts: Sequence[str], rounds: int, reconnects: int, folder: Path) -> None:
    if "switches" in parts:
        (folder / "switches").mkdir()
        found = await suffer(row, folder / "switches", rounds)
        await asyncio.to_thread(tell, row, found, rounds)
    if "logins" in parts:
        await sixteen(row, folder / "logins")
    if "reconnects" in parts:
        await reconnect(row, folder / "reconnects", reconnects)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.5", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="times of each switch")
    parser.add_argument("--reconnects", type=int, default=1000, help="after a warm-up of 100")
    every = ["switches", "logins", "reconnects"]
    parser.add_argument("--parts", nargs="+", choices=every, default=every)
    given = parser.parse_args(argv)
    row = Row("recorder.5")

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as name:
            asyncio.run(act(row, given.parts, given.rounds, given.reconnects, Path(name)))

    return row.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
