"""A disk that was away comes back under another device number: recording goes on by itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core.simulators import CameraSpec, simulate
from nvr_core.testing import footage
from nvr_core.testing.recording import Rig
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause, SegmentClosed

CAMERA = CameraSpec(name="gang", fps=12, gop_s=1.0, sub=False, seconds=12)


def mount(root: Path) -> None:
    """A file system in memory with a device number of its own (needs root, as CI has it)."""
    words = ["mount", "-t", "tmpfs", "-o", "size=256m", "ronda-test", str(root)]
    subprocess.run(words, check=True)


def plug(disk: Path, root: Path) -> None:
    """The file system that is mounted at `disk` is seen at `root` too."""
    subprocess.run(["mount", "--bind", str(disk), str(root)], check=True)


def unmount(root: Path) -> None:
    subprocess.run(["umount", "-l", str(root)], check=True)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """The volume's disk is mounted; what lies under it is empty."""
    rig = Rig(tmp_path)
    mark = tmp_path / volume.NAME
    shutil.move(rig.volume / volume.NAME, mark)
    mount(rig.volume)
    shutil.copy(mark, rig.volume)
    try:
        yield rig
    finally:
        for folder in (rig.volume, other_disk(rig)):
            while folder.is_mount():
                unmount(folder)


def other_disk(rig: Rig) -> Path:
    """Where the disk that is to come is mounted while the first still holds its number.

    A number that is free again goes to whoever mounts next, so a disk that is mounted after the
    first has gone may well get the same one.
    """
    folder = rig.root / "other"
    folder.mkdir(exist_ok=True)
    return folder


def kept(rig: Rig) -> list[SegmentClosed]:
    return [fact for fact in rig.segments() if Path(fact.path).exists()]


@pytest.mark.parametrize("away", [True, False], ids=["away for a while", "under our feet"])
async def test_recording_goes_on_when_a_disk_comes_back_as_another_device(
    rig: Rig, tmp_path: Path, loop_cache: Path, away: bool
) -> None:
    async with simulate([CAMERA], cache=loop_cache) as site:
        async with rig.recorder():
            rig.want(rig.stream(site.url("gang")))
            await rig.until(lambda: rig.causes() and not rig.open_gaps())
            before = rig.volume.stat().st_dev
            mount(other_disk(rig))
            if away:
                unmount(rig.volume)
                await rig.until(lambda: Cause.DISK_LOST in rig.causes())
                assert not list(rig.volume.iterdir())
            plug(other_disk(rig), rig.volume)
            shutil.copy(tmp_path / volume.NAME, rig.volume)
            assert rig.volume.stat().st_dev != before
            await rig.until(lambda: Cause.DISK_LOST in rig.causes() and not rig.open_gaps())
        assert rig.causes().count(Cause.DISK_LOST) == 1
        assert kept(rig)
        assert not [said for fact in kept(rig) if (said := footage.sound(Path(fact.path)))]
