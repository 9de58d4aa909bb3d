from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recorder import disk, sync
from nvr_core.recorder.options import Options
from nvr_core.recorder.store import Volume
from nvr_core.recording import reclaim
from nvr_core.recording.deletion import Deletion
from nvr_core.recording.footage import Footage
from nvr_core.recording.reads import Reads
from nvr_core.recording.reclaim import Reclaim
from nvr_core.recording.volumes import Volumes
from nvr_core.testing.story import Story
from tests.core.recording.conftest import NOON, Tell


@pytest.fixture
def reads() -> Iterator[Reads]:
    reads = Reads()
    yield reads
    reads.close()


class Office:
    """A volume with footage, and what recorders were told of it."""

    def __init__(self, folder: Path, footage: Footage, reads: Reads, tell: Tell) -> None:
        self.root = folder / "volume"
        self.volumes = Volumes(folder, "here")
        self.volumes.prepare(self.root)
        self.footage = footage
        self.said: list[tuple[str, ...]] = []
        self.fault: OSError | None = None
        self._story = Story("gang", folder=self.root, wall=NOON)
        self._tell = tell
        deletion = Deletion(
            footage, reads, SystemClock(), volumes=self.volumes, root=self.root, limit=1 << 40
        )
        self.reclaim = Reclaim(
            footage, reads, deletion, volumes=self.volumes, root=self.root, say=self.say
        )

    async def say(self, paths: tuple[str, ...]) -> None:
        if self.fault is not None:
            raise self.fault
        self.said.append(paths)

    def record(self, count: int) -> None:
        for _ in range(count):
            self._tell(self._story.whole(groups=1, length=1))

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.footage.stream("gang", "main").segments]


@pytest.fixture
def office(tmp_path: Path, footage: Footage, reads: Reads, tell: Tell) -> Office:
    return Office(tmp_path, footage, reads, tell)


async def test_what_was_recorded_first_is_listed_first_and_no_ring(
    office: Office, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reclaim, "MOST", 4)
    tell(Story("gang", "sub", ring=True, folder=office.root, wall=NOON).whole())
    tell(Story("pos", folder=tmp_path, wall=NOON).whole())
    office.record(6)
    await office.reclaim.round()
    assert office.said == [tuple(office.paths[:4])]


async def test_a_list_holds_until_half_of_it_is_gone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reclaim, "MOST", 4)
    office.record(2)
    await office.reclaim.round()
    office.record(1)
    await office.reclaim.round()
    assert len(office.said) == 1
    office.record(3)
    await office.reclaim.round()
    assert office.said[1:] == [tuple(office.paths[:4])], "there is twice as much by now"
    for _ in range(2):
        await office.reclaim.round()
        office.footage.forget(office.footage.stream("gang", "main").segments[0].segment)
    assert len(office.said) == 2
    await office.reclaim.round()
    assert office.said[2:] == [tuple(office.paths[:4])]


async def test_what_a_recorder_deleted_is_forgotten_in_the_next_round(office: Office) -> None:
    office.record(5)
    await office.reclaim.round()
    listed = office.said[0]
    for path in listed[:2]:
        disk.remove(Path(path))
    await office.reclaim.round()
    assert office.paths == list(listed[2:])


async def test_a_disk_that_is_not_there_has_lost_nothing(office: Office) -> None:
    office.record(3)
    await office.reclaim.round()
    office.root.rename(office.root.with_name("unmounted"))
    await office.reclaim.round()
    assert len(office.paths) == 3


async def test_a_list_that_could_not_be_told_is_told_in_the_next_round(office: Office) -> None:
    office.record(2)
    office.fault = OSError(errno.ENOSPC, "No space left on device")
    await office.reclaim.round()
    office.fault = None
    await office.reclaim.round()
    assert office.said == [tuple(office.paths)]


async def test_a_full_disk_without_a_server_takes_new_footage_for_the_oldest(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder's side: it deletes in the order of the list, and no more than it needs."""
    office.record(6)
    await office.reclaim.round()
    before = office.paths
    size = Path(before[0]).stat().st_size

    def free_bytes(root: Path) -> int:
        """A disk with room for seven such files, two of them in reserve."""
        return 7 * size - sum(path.stat().st_size for path in root.glob("*.mp4"))

    monkeypatch.setattr(sync, "free_bytes", free_bytes)
    volume = Volume(
        office.root,
        "here",
        asyncio.get_running_loop(),
        Options(reserve_bytes=2 * size),
        SystemClock(),
        lambda fact: None,
        lambda told, lost: None,
    )
    try:
        volume.reclaim = office.said[0]
        assert await volume.settle(5)
        assert not volume.trouble
        assert [path for path in before if Path(path).exists()] == before[1:]
        volume.reclaim = ()
        office.record(1)
        assert await volume.settle(5)
        assert volume.trouble
        assert volume.trouble.cause == "disk-full"
    finally:
        await volume.stop(5)
