"""catalogue.4: an hour without a server: window edges, dead cameras, killed recorders.

Cameras, recorder and server are real; of the hour, the minutes in which nothing can be recorded are
moved: both clocks of all programs leap together. After the server's start its ledger is compared,
to the second, with what was done.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from nvr_core import app, settings
from nvr_core.clock import SECOND
from nvr_core.scheduling import policy
from nvr_core.scheduling.keep import keep
from nvr_core.settings import Settings
from nvr_core.simulators import simulate
from nvr_core.simulators.camera import Camera
from nvr_core.simulators.faults import Faults
from nvr_core.testing.steered import Steered
from nvr_core.wire import codec, seal
from nvr_core.wire.wants import Hello, StreamWant, Want
from tests.shows.deeds import Done, compare
from tests.shows.figures import Row
from tests.shows.office import LOOPS, ROOT, cameras

MINUTE = 60 * SECOND
WEEK = 7 * 24 * 60
DEAD = Faults(dead="reset", close_after_s=0.001, reset=True)


@dataclass
class Office:
    """Everything that runs, and what was done to it."""

    chosen: Settings
    clock: Steered
    file: Path
    log: Path
    sent: dict[str, Camera]
    done: dict[str, list[Done]] = field(default_factory=dict)
    recorder: asyncio.subprocess.Process | None = None

    @property
    def socket(self) -> Path:
        assert self.chosen.runtime is not None
        return self.chosen.runtime / "rtsp.sock"

    async def start(self) -> None:
        """The recorder, as its parent starts it."""
        words = ["--data", str(self.chosen.data), "--runtime", str(self.socket.parent)]
        words += ["--name", "rtsp", "--retry-limit", "1", "--segment", "5"]
        with self.log.open("ab") as log:
            self.recorder = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nvr_core.testing.steered", str(self.file), *words),
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.recorder is not None and self.recorder.returncode is None:
            self.recorder.send_signal(number)
            await self.recorder.wait()

    def note(self, camera: str, cause: str, began: int | None = None) -> Done:
        one = Done(cause, self.clock.wall() if began is None else began)
        self.done.setdefault(camera, []).append(one)
        return one

    async def until(self, wall: int) -> None:
        await asyncio.sleep(max(0, wall - self.clock.wall()) / SECOND)

    def leap_to(self, wall: int) -> None:
        self.clock.advance(max(0, wall - self.clock.wall()))


def week(edge: int, *spans: tuple[int, int]) -> policy.Policy:
    """A weekly schedule with these windows, in minutes after an edge (wall time, µs)."""
    local = edge // MINUTE + 7 * 60 + 3 * 1440  # the office's zone; the week's first day is Monday
    made = [policy.Span((local + a) % WEEK, (local + a) % WEEK + b - a) for a, b in spans]
    return policy.weekly(made)


async def ask(office: Office, camera: str, plan: policy.Policy) -> None:
    """What a server with a schedule would say, on the socket and sealed, before it goes."""
    data = office.chosen.data
    key, path = seal.load_or_make_key(data), data / "want" / "rtsp.sealed"
    before = codec.decode(seal.unseal(key, path.read_bytes(), b"want rtsp"))
    assert isinstance(before, Want)
    told = keep(plan, app.ZONE, office.clock.wall())

    def planned(one: StreamWant) -> StreamWant:
        return replace(one, keep_always=told.keep_always, windows=told.windows)

    streams = tuple(planned(one) if one.camera == camera else one for one in before.streams)
    want = Want(serial=before.serial + 1000, streams=streams)
    path.write_bytes(seal.seal(key, codec.encode(want), b"want rtsp"))
    reader, writer = await asyncio.open_unix_connection(office.socket)
    writer.write(codec.encode(Hello(role="controller")) + codec.encode(want))
    await writer.drain()
    reading = asyncio.create_task(reader.read())
    await asyncio.sleep(0.5)
    writer.close()
    await asyncio.wait([reading], timeout=5)


async def hour(office: Office, gang: str, pos: str) -> int:
    """What happens while no server is there. Returns when it was over."""
    clock = office.clock
    minute = (clock.wall() // MINUTE + 1) * MINUTE
    await ask(office, pos, week(minute, (-90, 0), (30, 31), (58, 120)))
    await office.until(minute)
    schedule = office.note(pos, "by-schedule", minute)
    await office.until(minute + 3 * SECOND)
    office.sent["gang"].faults = DEAD
    away = office.note(gang, "camera-unreachable")
    await asyncio.sleep(4)
    schedule.ended = minute + 30 * MINUTE
    office.leap_to(schedule.ended - 20 * SECOND)
    office.sent["gang"].faults = Faults()
    away.ended = clock.wall()
    await office.until(schedule.ended + 10 * SECOND)
    await killed(office, gang, pos, minute)
    await asyncio.sleep(12)
    office.sent["gang"].faults = DEAD
    away = office.note(gang, "camera-unreachable")
    await asyncio.sleep(4)
    office.leap_to(minute + 56 * MINUTE)
    office.sent["gang"].faults = Faults()
    away.ended = clock.wall()
    await asyncio.sleep(12)
    await office.kill()
    stopped = office.note(gang, "recorder-stopped")
    # The window began while no recorder was there: from then on something is missing.
    missed = office.note(pos, "recorder-stopped", minute + 58 * MINUTE)
    office.leap_to(minute + 61 * MINUTE)
    await office.start()
    stopped.ended = missed.ended = clock.wall()
    await asyncio.sleep(14)
    return clock.wall()


async def killed(office: Office, gang: str, pos: str, minute: int) -> None:
    """The recorder dies in a window, which ends while it is away."""
    await office.kill()
    stopped = office.note(gang, "recorder-stopped")
    missed = office.note(pos, "recorder-stopped")
    missed.ended = minute + 31 * MINUTE
    schedule = office.note(pos, "by-schedule", missed.ended)
    schedule.ended = minute + 58 * MINUTE
    office.leap_to(minute + 41 * MINUTE)
    await office.start()
    stopped.ended = office.clock.wall()


@asynccontextmanager
async def server(office: Office) -> AsyncIterator[app.Ronda]:
    async with app.running(office.chosen, office.clock) as ronda:
        yield ronda


async def work(row: Row, folder: Path, runtime: Path) -> None:
    file = folder / "clock"
    clock = Steered(file)
    async with simulate(cameras(2), cache=LOOPS) as site:
        names = {"gang": "cam-000", "pos": "cam-001"}
        data = json.dumps(str(folder / "data"))
        tables = [f"data = {data}\nruntime = {json.dumps(str(runtime))}\n"]
        for name, camera in names.items():
            url = json.dumps(site.url(camera))
            tables.append(f'[[camera]]\nname = "{name}"\nmain = {url}\nuplink = ""\n')
        chosen = settings.parse("".join(tables), folder / "ronda.toml")
        sent = {name: site.cameras[camera] for name, camera in names.items()}
        office = Office(chosen, clock, file, folder / "recorder.log", sent)
        try:
            # Before anything runs: half a minute before the edge that everything hangs on.
            office.leap_to((clock.wall() // MINUTE + 1) * MINUTE - 30 * SECOND)
            await office.start()
            async with server(office) as ronda:
                ids = {one.name: one.id for one in ronda.recording.cameras}
                await asyncio.sleep(8)
            gone = clock.wall()
            over = await hour(office, ids["gang"], ids["pos"])
            row.figure("without a server", (over - gone) / SECOND / 60, unit="min", at_least=60)
            began = min(one.began for some in office.done.values() for one in some) - SECOND
            async with server(office) as ronda:
                asked = clock.wall()
                await ronda.recording.level()
                level = (clock.wall() - asked) / SECOND
                row.figure("until its ledger was level", level, unit="s")
                await compare(row, office.done, ronda, began, over)
                report = await ronda.storage.check(mend=False, progress=lambda report: None)
                row.figure("what a check finds wrong", sum(report.counts.values()), at_most=0)
                row.figure("a check", " ".join(report.sentences()))
        finally:
            await office.kill(signal.SIGTERM)


def main(argv: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="scripts/show catalogue.4", description=__doc__).parse_args(argv)
    row = Row("catalogue.4")
    row.figure("machine", f"{os.cpu_count()} cores")

    def see() -> None:
        with (
            tempfile.TemporaryDirectory(prefix="ronda-show-") as folder,
            tempfile.TemporaryDirectory(prefix="ronda-") as runtime,
        ):
            asyncio.run(work(row, Path(folder), Path(runtime)))

    return row.run(see)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
