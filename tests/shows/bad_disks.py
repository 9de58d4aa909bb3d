"""Bad days of a disk: full, read-only, faulty, slow, gone, somebody else's."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from nvr_core.recorder.options import Options
from nvr_core.recorder.running import installation_id
from nvr_core.testing import footage
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause
from tests.shows import disks
from tests.shows.bad_day import QUICK, Case


async def disk_filled_by_others(case: Case) -> None:
    root = case.undo.enter_context(disks.memory(case.folder / "disk", 8))
    rig = case.rig(root, replace(QUICK, reserve_bytes=2 << 20))
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.recorded(rig)
        (root / "foreign").write_bytes(bytes(6 << 20))
        await case.expect(rig, Cause.DISK_FULL)
        (root / "foreign").unlink()
        await case.resumed(rig)
    case.sound(rig)


async def disk_full_to_the_last_byte(case: Case) -> None:
    root = case.undo.enter_context(disks.memory(case.folder / "disk", 4))
    rig = case.rig(root)
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.recorded(rig)
        with (root / "foreign").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        await case.expect(rig, Cause.DISK_FULL)
        (root / "foreign").unlink()
        await case.resumed(rig)
        await case.recorded(rig)
    case.sound(rig)


async def read_only(case: Case) -> None:
    root = case.undo.enter_context(disks.memory(case.folder / "disk", 16))
    rig = case.rig(root)
    await asyncio.to_thread(disks.mount, "-o", "remount,ro", str(root))
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.expect(rig, Cause.DISK_LOST)
        await asyncio.to_thread(disks.mount, "-o", "remount,rw", str(root))
        await case.resumed(rig)
        await case.recorded(rig)
    case.sound(rig)


async def vanished_mount(case: Case) -> None:
    root = case.undo.enter_context(disks.memory(case.folder / "disk", 16))
    rig = case.rig(root)
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.recorded(rig)
        # Held open, or the next mount may be given the same device number.
        old = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        case.undo.callback(os.close, old)
        await asyncio.to_thread(subprocess.run, ["umount", "-l", str(root)], check=True)
        await case.expect(rig, Cause.DISK_LOST)
        await asyncio.sleep(2)
        if left := list(root.rglob("*.mp4")):
            case.row.miss(f"written under an unmounted disk: {left[0]}")
        lost = len(rig.segments())
        # The disk is plugged in again: another device number, and the volume as it was.
        await asyncio.to_thread(disks.mount, "-t", "tmpfs", "-o", "size=16m", "again", str(root))
        volume.prepare(root, installation_id(rig.data, rig.clock))
        if root.stat().st_dev == os.fstat(old).st_dev:
            case.row.miss("the disk came back under the same device number: nothing was tried")
        await case.resumed(rig)
        await case.recorded(rig)
    for fact in rig.segments()[lost:]:
        if trouble := footage.sound(Path(fact.path)):
            case.row.miss(trouble)


async def foreign_volume(case: Case) -> None:
    rig = case.rig()
    (rig.volume / volume.NAME).write_text('{"installation": "of another office"}')
    async with rig.recorder():
        rig.want(rig.stream(case.site.url("gang")))
        await case.expect(rig, Cause.DISK_LOST)
        if list(rig.volume.rglob("*.mp4")):
            case.row.miss("a foreign volume was written to")


def on_a_faulty_disk(
    cause: Cause, options: Options = QUICK, **faults: object
) -> Callable[[Case], Awaitable[None]]:
    async def run(case: Case) -> None:
        disk = case.undo.enter_context(disks.faulty(case.folder / "fuse"))
        rig = case.rig(disk.root, options)
        async with rig.recorder():
            rig.want(rig.stream(case.site.url("gang")))
            await case.recorded(rig)
            disk.fail(**faults)
            await case.expect(rig, cause, 60)
            disk.fail()
            await case.resumed(rig)
            await case.recorded(rig)
        case.sound(rig)

    return run
