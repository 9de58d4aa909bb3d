from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nvr_core.clock import SECOND, SystemClock
from nvr_core.recording.deletion import Deletion
from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.reads import Reads
from nvr_core.recording.volumes import Volumes
from nvr_core.testing.story import Story
from nvr_core.wire.facts import SegmentClosed
from tests.core.recording.conftest import NOON

DAY = 24 * 3600 * SECOND
Deleting = Callable[[int | None], Deletion]


class Later(SystemClock):
    """Three days after the footage."""

    def wall(self) -> int:
        return NOON + 3 * DAY


@pytest.fixture
def reads() -> Iterator[Reads]:
    reads = Reads()
    yield reads
    reads.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "volume"


@pytest.fixture
def volumes(tmp_path: Path, root: Path) -> Volumes:
    volumes = Volumes(tmp_path, "here")
    volumes.prepare(root)
    return volumes


@pytest.fixture
def deleting(footage: Footage, reads: Reads, volumes: Volumes, root: Path) -> Deleting:
    def deleting(limit: int | None) -> Deletion:
        return Deletion(footage, reads, Later(), volumes=volumes, root=root, limit=limit)

    return deleting


def record(root: Path, footage: Footage, day: str, count: int, wall: int) -> int:
    """Whole segments in a day's folder, as a recorder lays them; gives the bytes of one."""
    folder = root / "gang" / "main" / day
    folder.mkdir(parents=True)
    story = Story("gang", folder=folder, wall=wall, run=f"on {day}".replace("/", "-"))
    size = 0
    for _ in range(count):
        for fact in story.whole():
            footage.apply(fact, Origin("rtsp", 1, wall))
            size = fact.size if isinstance(fact, SegmentClosed) else size
    return size


async def test_files_go_first_and_then_their_place_in_the_index(
    footage: Footage, deleting: Deleting, root: Path
) -> None:
    size = record(root, footage, "2026/11/23", 2, NOON - DAY)
    record(root, footage, "2026/11/24", 2, NOON)
    deletion = deleting(2 * size + size // 2)
    assert await deletion.round() == 2
    assert len(list(footage)) == 2
    assert all(Path(one.path).exists() for one in footage)
    assert not (root / "gang/main/2026/11/23").exists(), "empty days go"
    assert (root / "gang/main/2026/11/24").exists()
    assert await deletion.round() == 0


async def test_a_day_that_may_still_be_written_to_keeps_its_folder(
    footage: Footage, deleting: Deleting, root: Path
) -> None:
    record(root, footage, "2026/11/27", 1, NOON + 3 * DAY - SECOND)
    assert await deleting(1).round() == 1
    assert (root / "gang/main/2026/11/27").exists()


async def test_what_cannot_be_deleted_stays_known(
    footage: Footage, deleting: Deleting, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = record(root, footage, "2026/11/24", 2, NOON)
    first = footage.stream("gang", "main").segments[0]
    plain = Path.unlink

    def unlink(self: Path) -> None:
        if str(self) == first.path:
            raise PermissionError(13, "Permission denied")
        plain(self)

    monkeypatch.setattr(Path, "unlink", unlink)
    deletion = deleting(size + size // 2)
    assert await deletion.round() == 0
    assert footage.segment(first.segment) is first
    monkeypatch.undo()
    assert await deletion.round() == 1


async def test_files_that_vanished_are_forgotten_in_the_first_round(
    footage: Footage, deleting: Deleting, root: Path
) -> None:
    record(root, footage, "2026/11/24", 3, NOON)
    first = footage.stream("gang", "main").segments[0]
    Path(first.path).unlink()
    assert await deleting(1 << 30).round() == 0
    assert footage.segment(first.segment) is None
    assert len(list(footage)) == 2


@pytest.mark.parametrize("limit", [1, None])
async def test_a_volume_that_is_not_there_has_lost_nothing(
    footage: Footage, deleting: Deleting, root: Path, limit: int | None
) -> None:
    """Neither at the start nor later: the disk under the mount point is another one."""
    record(root, footage, "2026/11/24", 2, NOON)
    deletion = deleting(limit)
    for empty in (False, True):
        root.rename(root.with_name("unmounted"))
        if empty:
            root.mkdir()
        assert await deletion.round() == 0
        assert await deletion.missing(footage) == 0
        assert len(list(footage)) == 2
        if empty:
            root.rmdir()
        root.with_name("unmounted").rename(root)
    assert await deleting(1).round() == 2


async def test_a_disk_that_goes_in_the_middle_of_a_round_has_lost_nothing(
    footage: Footage, deleting: Deleting, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(root, footage, "2026/11/24", 3, NOON)
    plain = Path.unlink

    def unlink(self: Path) -> None:
        """The first file goes, and then the disk."""
        plain(self)
        root.rename(root.with_name("unmounted"))

    monkeypatch.setattr(Path, "unlink", unlink)
    assert await deleting(1).round() == 1
    assert len(list(footage)) == 2


async def test_an_earlier_volume_counts_while_it_is_there(
    footage: Footage, deleting: Deleting, volumes: Volumes, root: Path, tmp_path: Path
) -> None:
    """Footage of a folder that ronda.toml named before goes in its turn, and not while away."""
    earlier = tmp_path / "earlier"
    volumes.prepare(earlier)
    size = record(earlier, footage, "2026/11/23", 2, NOON - DAY)
    record(root, footage, "2026/11/24", 2, NOON)
    deletion = deleting(3 * size + size // 2)
    earlier.rename(tmp_path / "unmounted")
    assert await deletion.round() == 0
    (tmp_path / "unmounted").rename(earlier)
    assert await deletion.round() == 1
    assert len(list(earlier.rglob("*.mp4"))) == 1


async def test_without_a_limit_a_tenth_of_the_disk_stays_free(
    footage: Footage, deleting: Deleting, root: Path
) -> None:
    record(root, footage, "2026/11/24", 2, NOON)
    deletion = deleting(None)
    assert await deletion.round() == 0
    # As though two files filled a disk of two exbibytes: nine tenths of it hold one of them.
    for segment in footage:
        segment.size = 1 << 60
    assert await deletion.round() == 1


async def test_gaps_of_the_last_day_outlive_their_footage(
    footage: Footage, deleting: Deleting, root: Path
) -> None:
    young = NOON + 3 * DAY - 60 * SECOND
    for story in (Story("gang", wall=NOON), Story("gang", wall=young)):
        for fact in story.gap(5):
            footage.apply(fact, Origin("rtsp", 1))
    await deleting(1 << 30).round()
    assert list(footage.stream("gang", "main").gaps) == [f"gap-{young}"]
