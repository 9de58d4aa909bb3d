"""What a volume deletes by itself when its disk is full: files of its own, and nothing else."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recorder import desired
from nvr_core.recorder.options import Options
from nvr_core.recorder.store import Volume
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause

FULL = Options(reserve_bytes=1 << 60)
"""No disk is large enough for this reserve."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    volume.prepare(tmp_path / "volume", "home")
    return tmp_path / "volume"


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"footage")
    return path


def at_once(then: Callable[[], object], lost: Callable[[], object]) -> None:
    """As a journal that syncs as soon as something is told."""
    then()


async def look(root: Path, *reclaim: Path, rounds: int = 1) -> Volume:
    """A volume whose disk is full has looked at what it may delete."""
    loop, clock = asyncio.get_running_loop(), SystemClock()
    store = Volume(root, "home", loop, FULL, clock, lambda fact: None, at_once)
    store.reclaim = tuple(map(str, reclaim))
    for _ in range(rounds):
        assert await store.settle(5.0)
    await store.stop(5.0)
    return store


async def test_garbage_goes_when_the_disk_is_full_with_the_folder_that_it_leaves_empty(
    root: Path,
) -> None:
    garbage, kept = put(root / "cam/main/1/a.mp4"), put(root / "cam/main/2/b.mp4")
    await look(root, garbage, root / "cam/main/1/gone-already.mp4")
    assert not garbage.parent.exists()
    assert kept.exists()


async def test_what_is_no_file_of_the_volume_stays_and_is_said_once(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outside = put(tmp_path / "elsewhere/a.mp4")
    inside = put(root / "cam/main/b.mp4")
    (root / "linked").symlink_to(outside.parent)
    (root / "cam/link.mp4").symlink_to(outside)
    (root / "empty").mkdir()
    wrong = (
        root / "linked/a.mp4",
        root / "cam/link.mp4",
        root / "empty",
        inside / "below-a-file.mp4",
    )
    store = await look(root, *wrong, rounds=3)
    assert outside.exists()
    assert inside.exists()
    assert (root / "cam/link.mp4").is_symlink()
    assert (root / "empty").is_dir()
    said = [record.getMessage() for record in caplog.records]
    assert [sum(str(path) in line for line in said) for path in wrong] == [1, 1, 1, 1]
    # One path that cannot be deleted is no reason to call the disk lost.
    assert store.trouble is not None
    assert store.trouble.cause == Cause.DISK_FULL


async def test_a_volume_that_is_reached_by_a_link_is_deleted_from_too(
    root: Path, tmp_path: Path
) -> None:
    garbage = put(root / "cam/main/1/a.mp4")
    link = tmp_path / "link"
    link.symlink_to(root)
    await look(link, link / "cam/main/1/a.mp4")
    assert not garbage.exists()


def test_of_a_list_of_garbage_each_volume_takes_what_lies_below_it() -> None:
    garbage = ("/a/x.mp4", "/b/y.mp4", "/ab/z.mp4", "/a/../b/w.mp4", "/a", "relative/v.mp4")
    assert desired.below(garbage, "/a") == ("/a/x.mp4",)
    assert desired.below(garbage, "/b") == ("/b/y.mp4",)
    assert desired.below(("/x.mp4",), "/") == ("/x.mp4",)
    assert desired.stray(garbage, ("/a", "/b")) == {*garbage[2:]}
    assert desired.stray(garbage, ()) == {*garbage}
