"""Whatever a crash leaves of a file, the repair makes a whole segment of it, or removes it."""

import fcntl
from pathlib import Path

import pytest

from nvr_core.media import reading
from nvr_core.media.errors import MediaError
from nvr_core.recorder import disk
from nvr_core.recorder.repair import HEAD_LIMIT, repair
from nvr_core.testing.story import Story
from nvr_core.wire import volume
from nvr_core.wire.facts import SegmentClosed, SegmentGone

KEY = "camera/main/2026/01/02/a.mp4"
NAME = KEY.removesuffix(".mp4")
"""A story names its files after their segments."""


@pytest.fixture
def story(tmp_path: Path) -> Story:
    (tmp_path / KEY).parent.mkdir(parents=True)
    mark(tmp_path)
    return Story("camera", folder=tmp_path, wall=1_767_000_000_000_000)


def mark(root: Path) -> None:
    (root / volume.OPEN).mkdir(exist_ok=True)
    (root / volume.OPEN / volume.marker_name(KEY)).touch()


def cut(story: Story, length: int) -> Path:
    """A file with six fragments that were written, and nothing else."""
    opened = story.begin(NAME)
    for number in range(6):
        story.fragment(key=number % 2 == 0)
    path = Path(opened.path)
    path.write_bytes(path.read_bytes()[:length])
    return path


def check(path: Path) -> reading.Segment:
    """The file is closed and its hash is right."""
    with path.open("rb") as file:
        found = reading.read(file)
        assert found.problems == ()
        assert reading.verify(file)
    return found


def test_every_length_gives_whole_fragments_or_no_file(tmp_path: Path, story: Story) -> None:
    whole = len(cut(story, 1 << 20).read_bytes())
    ends = [entry.offset + entry.size for entry in story.written]
    content = (tmp_path / KEY).read_bytes()
    for length in range(0, whole + 1, 7):
        path = tmp_path / KEY
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[:length])
        fact = repair(tmp_path, KEY, NAME)
        fragments = sum(end <= length for end in ends)
        if not fragments:
            assert fact == SegmentGone(segment=NAME, path=str(path), why="empty")
            assert not path.parent.exists()
            continue
        assert isinstance(fact, SegmentClosed)
        assert fact.repaired
        assert fact.frames == 3 * fragments
        assert fact.size == path.stat().st_size
        found = check(path)
        assert len(found.fragments) == fragments
        assert (found.start, found.opening) == (fact.start, found.opening)
        assert repair(tmp_path, KEY, NAME) == fact


def test_a_closed_segment_is_told_again_as_it_was(tmp_path: Path, story: Story) -> None:
    cut(story, 1 << 20)
    fact = story.close()
    before = (tmp_path / KEY).read_bytes()
    assert repair(tmp_path, KEY) == fact
    assert (tmp_path / KEY).read_bytes() == before


def test_an_index_that_was_cut_is_written_again(tmp_path: Path, story: Story) -> None:
    cut(story, 1 << 20)
    fact = story.close()
    path = tmp_path / KEY
    before = path.read_bytes()
    for lost in (1, 16, 40):
        path.write_bytes(before[:-lost])
        assert repair(tmp_path, KEY) == fact
        assert path.read_bytes() == before


def test_pages_that_the_disk_lost_end_the_footage_before_them(tmp_path: Path, story: Story) -> None:
    path = cut(story, 1 << 20)
    story.close()
    content = bytearray(path.read_bytes())
    hole = story.written[3].offset
    content[hole + 60 : hole + 60 + 1024] = bytes(1024)
    path.write_bytes(content)
    fact = repair(tmp_path, KEY)
    assert isinstance(fact, SegmentClosed)
    assert fact.repaired
    assert len(check(path).fragments) <= 3


def test_who_holds_a_file_repairs_it_and_nobody_else(tmp_path: Path, story: Story) -> None:
    path = cut(story, 1 << 20)
    before = path.read_bytes()
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert repair(tmp_path, KEY) is None
    assert path.read_bytes() == before
    assert isinstance(repair(tmp_path, KEY), SegmentClosed)


def test_a_file_that_is_not_there_takes_its_marker_along(tmp_path: Path) -> None:
    mark(tmp_path)
    assert repair(tmp_path, KEY, NAME) == SegmentGone(
        segment=NAME, path=str(tmp_path / KEY), why="missing"
    )
    assert disk.open_keys(tmp_path) == []


def test_a_volume_without_any_markers_has_nothing_to_repair(tmp_path: Path) -> None:
    assert isinstance(repair(tmp_path, KEY, NAME), SegmentGone)


@pytest.mark.parametrize("size", [0, 5000, 3 * HEAD_LIMIT])
def test_a_name_whose_content_never_reached_the_disk_goes(
    tmp_path: Path, story: Story, size: int
) -> None:
    (tmp_path / KEY).write_bytes(bytes(size))
    assert repair(tmp_path, KEY, NAME) == SegmentGone(
        segment=NAME, path=str(tmp_path / KEY), why="empty"
    )
    assert not (tmp_path / KEY).exists()


def test_damaged_footage_is_left_for_people(tmp_path: Path, story: Story) -> None:
    path = cut(story, 1 << 20)
    content = b"\0" * 64 + path.read_bytes()[64:]
    path.write_bytes(content)
    with pytest.raises(MediaError):
        repair(tmp_path, KEY)
    assert path.read_bytes() == content


def test_a_file_that_was_just_made_keeps_its_marker(tmp_path: Path) -> None:
    file = disk.SegmentFile(tmp_path, KEY, marked=True, hashing=True)
    file.create(b"head")
    assert not disk.unmark_missing(tmp_path, KEY)
    assert disk.open_keys(tmp_path) == [KEY]


def test_a_copy_onto_a_name_that_is_taken_touches_nothing(tmp_path: Path) -> None:
    first = disk.SegmentFile(tmp_path, KEY, marked=True, hashing=True)
    first.create(b"footage")
    source = tmp_path / "ring.mp4"
    source.write_bytes(b"another")
    with pytest.raises(FileExistsError):
        disk.copy_marked(source, tmp_path, KEY)
    assert (tmp_path / KEY).read_bytes() == b"footage"
    assert disk.open_keys(tmp_path) == [KEY]
    disk.unmark(tmp_path, KEY)
    with pytest.raises(FileExistsError):
        disk.copy_marked(source, tmp_path, KEY)
    assert (tmp_path / KEY).read_bytes() == b"footage"
    assert disk.open_keys(tmp_path) == []


def test_a_copy_that_does_not_fit_leaves_nothing_behind(tmp_path: Path, small_disk: Path) -> None:
    source = tmp_path / "ring.mp4"
    source.write_bytes(b"x" * (2 << 20))
    with pytest.raises(OSError, match="No space"):
        disk.copy_marked(source, small_disk, KEY)
    assert not (small_disk / KEY).exists()
    assert disk.open_keys(small_disk) == []
