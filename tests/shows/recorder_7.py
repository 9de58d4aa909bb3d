"""Row 7: bad input of every kind: a sentence that says what to do, and nothing stored is lost."""

from __future__ import annotations

import argparse
import asyncio
import functools
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from nvr_core.clock import SECOND, SystemClock
from nvr_core.simulators import CameraSpec, Faults, simulate
from nvr_core.testing import footage
from nvr_core.testing.recording import Rig
from nvr_core.wire.facts import (
    Cause,
    GapOpened,
    Notice,
    SegmentClosed,
)
from tests.shows.bad_day import QUICK, Case
from tests.shows.bad_disks import (
    disk_filled_by_others,
    disk_full_to_the_last_byte,
    foreign_volume,
    on_a_faulty_disk,
    read_only,
    vanished_mount,
)
from tests.shows.figures import Row, need_program, need_root

CACHE = Path(".cache/loops")


async def no_such_port(case: Case) -> None:
    rig = case.rig()
    async with rig.recorder():
        rig.want(rig.stream("rtsp://127.0.0.1:9/video"))
        await case.expect(rig, Cause.CAMERA_UNREACHABLE)


async def no_such_path(case: Case) -> None:
    rig = case.rig()
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang") + "-salah"))
        await case.expect(rig, Cause.CAMERA_UNREACHABLE)


async def unknown_codec(case: Case) -> None:
    rig = case.rig()
    case.site.camera("gang").faults = Faults(encoding="VP8")
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.expect(rig, Cause.UNSUPPORTED)
        case.site.camera("gang").faults = Faults()
        await case.resumed(rig)


async def damaged_segment(case: Case) -> None:
    rig = case.rig()
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.recorded(rig, 3)
    whole, cut, junk = (Path(fact.path) for fact in rig.segments()[:3])
    marks = rig.volume / "open"
    for path in (cut, junk):
        (marks / str(path.relative_to(rig.volume)).replace("/", "~")).touch()
    cut.write_bytes(cut.read_bytes()[:-3000])
    junk.write_bytes(b"not a film" * 100_000)
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        notices = await rig.until(lambda: rig.told(Notice, code="foreign-file"))
        case.said.append(notices[0].sentence)
        await rig.until(lambda: rig.told(SegmentClosed, path=str(cut), repaired=True))
    if not junk.exists():
        case.row.miss("a damaged file was removed")
    for path in (whole, cut):
        if trouble := footage.sound(path):
            case.row.miss(trouble)


async def second_recorder(case: Case) -> None:
    def words(runtime: str) -> list[str]:
        words = [sys.executable, "-m", "nvr_core.recorder", "--name", "rtsp"]
        return [
            *words,
            "--data",
            str(case.folder / "data"),
            "--runtime",
            str(case.folder / runtime),
        ]

    first = await asyncio.create_subprocess_exec(*words("runtime"), stderr=subprocess.PIPE)
    assert first.stderr is not None
    while b"recording" not in await first.stderr.readline():
        pass
    try:
        # Beside the first one; and from another runtime folder, as root's own shell has it.
        for runtime in ("runtime", "elsewhere"):
            second = await asyncio.create_subprocess_exec(*words(runtime), stderr=subprocess.PIPE)
            try:
                _, said = await asyncio.wait_for(second.communicate(), 10)
            except TimeoutError:
                case.row.miss(f"a second recorder with its runtime folder in {runtime} runs")
                second.kill()
                await second.communicate()
                continue
            case.said.append(said.decode().strip())
            if second.returncode != 1 or first.returncode is not None:
                case.row.miss("the second recorder was not refused, or the first one ended")
            if f"process {first.pid}" not in case.said[-1]:
                case.row.miss(f"the second recorder does not say whom it met: {case.said[-1]}")
    finally:
        first.terminate()
        await first.communicate()


class Stepped(SystemClock):
    """The system's clocks; the wall clock can be set."""

    def __init__(self) -> None:
        self.offset = 0

    def wall(self) -> int:
        return super().wall() + self.offset


def more_steps(rig: Rig, count: int) -> bool:
    return len(rig.told(GapOpened, cause=Cause.CLOCK)) > count


async def clock_step(case: Case) -> None:
    clock = Stepped()
    rig = case.rig(clock=clock)
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.recorded(rig)
        for step in (3600, -7200):
            clock.offset += step * SECOND
            count = len(rig.told(GapOpened, cause=Cause.CLOCK))
            await rig.until(functools.partial(more_steps, rig, count))
            await case.resumed(rig)
        await case.recorded(rig)
        case.said.append(rig.told(GapOpened, cause=Cause.CLOCK)[0].sentence)
    case.sound(rig)


CASES: dict[str, Callable[[Case], Awaitable[None]]] = {
    "refused port": no_such_port,
    "wrong address": no_such_path,
    "unknown codec": unknown_codec,
    "disk filled by others": disk_filled_by_others,
    "disk full to the last byte": disk_full_to_the_last_byte,
    "short writes": on_a_faulty_disk(Cause.DISK_LOST, short=1000, error="EIO"),
    "read-only disk": read_only,
    "disk that turns read-only": on_a_faulty_disk(Cause.DISK_LOST, error="EROFS"),
    "disk that refuses writes": on_a_faulty_disk(Cause.DISK_LOST, error="EIO"),
    "slow disk": on_a_faulty_disk(Cause.DISK_SLOW, replace(QUICK, queue_bytes=65536), delay=2),
    "hanging disk": on_a_faulty_disk(Cause.DISK_SLOW, hang=True),
    "vanished mount": vanished_mount,
    "foreign volume": foreign_volume,
    "damaged segment": damaged_segment,
    "second recorder": second_recorder,
    "clock set by an hour, and back by two": clock_step,
}


async def measure(row: Row, names: Sequence[str]) -> None:
    spec = CameraSpec(name="gang", sub=False, seconds=12)
    for name in names or CASES:
        with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder, ExitStack() as undo:
            async with simulate([spec], cache=CACHE) as site:
                case = Case(row, Path(folder), site, undo)
                try:
                    await CASES[name](case)
                except TimeoutError:
                    row.miss(f"{name}: what was expected did not happen in time")
                row.figure(name, " · ".join(case.said) or "no sentence")
                if not any(case.said):
                    row.miss(f"{name}: nobody said a sentence")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.7", description=__doc__)
    parser.add_argument("case", nargs="*", help="some of the cases; all when left out")
    given = parser.parse_args(argv)
    row = Row("recorder.7")

    def run() -> None:
        need_root("mounts file systems")
        need_program("fusermount3", "fuse3")
        CACHE.mkdir(parents=True, exist_ok=True)
        asyncio.run(measure(row, given.case))

    return row.run(run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
