"""Whole fragments or nothing, on a disk that really fills up."""

import hashlib
import os
from pathlib import Path

import pytest

from nvr_core.recorder import disk

HEAD = b"h" * 100


def segment(root: Path, **changes: bool) -> disk.SegmentFile:
    return disk.SegmentFile(
        root, "cam/main/2026/01/02/a.mp4", **{"marked": True, "hashing": True, **changes}
    )


def test_a_segment_is_marked_written_and_closed_under_its_hash(tmp_path: Path) -> None:
    file = segment(tmp_path)
    file.create(HEAD)
    assert disk.open_keys(tmp_path) == ["cam/main/2026/01/02/a.mp4"]
    entry = file.append([b"x" * 10, bytearray(b"y" * 20)], 30, (0, 5, True, 2, 0))
    assert (entry.offset, entry.size, entry.key) == (100, 30, True)
    said = []

    def tail(digest: str, entries: object) -> bytes:
        said.append((digest, entries))
        return b"tail"

    digest = file.close(tail)
    content = HEAD + b"x" * 10 + b"y" * 20
    assert file.path.read_bytes() == content + b"tail"
    assert digest == hashlib.sha256(content).hexdigest()
    assert said == [(digest, [entry])]
    disk.unmark(tmp_path, "cam/main/2026/01/02/a.mp4")
    assert disk.open_keys(tmp_path) == []


def test_more_pieces_than_one_writev_takes(tmp_path: Path) -> None:
    file = segment(tmp_path)
    file.create(HEAD)
    pieces = [bytes([number % 251]) * 3 for number in range(2 * disk.PIECES + 7)]
    file.append(pieces, 3 * len(pieces), (0, 1, True, 1, 0))
    file.give_up()
    assert file.path.read_bytes() == HEAD + b"".join(pieces)


def test_a_name_that_is_taken_is_never_overwritten(tmp_path: Path) -> None:
    first = segment(tmp_path)
    first.create(HEAD)
    with pytest.raises(FileExistsError):
        segment(tmp_path).create(b"other")
    assert first.path.read_bytes() == HEAD


def test_a_file_without_a_fragment_is_removed_when_it_is_closed(tmp_path: Path) -> None:
    file = segment(tmp_path)
    file.create(HEAD)
    assert file.close(lambda _digest, _entries: b"never") is None
    assert not file.path.exists()


def test_without_hashing_the_digest_is_empty(tmp_path: Path) -> None:
    file = segment(tmp_path, hashing=False)
    file.create(HEAD)
    file.append([b"x"], 1, (0, 1, True, 1, 0))
    assert file.close(lambda digest, _entries: b"tail" + digest.encode()) == ""


def test_what_follows_a_torn_write_is_refused(tmp_path: Path, small_disk: Path) -> None:
    file = segment(small_disk)
    file.create(HEAD)
    file.append([b"x" * 1000], 1000, (0, 1, True, 1, 0))
    with pytest.raises(disk.TornWrite):
        file.append([b"z" * (2 << 20)], 2 << 20, (1, 1, False, 1, 0))
    assert file.path.stat().st_size == 1100
    with pytest.raises(disk.TornWrite):
        file.append([b"w"], 1, (2, 1, False, 1, 0))
    digest = file.close(lambda _digest, entries: b"tail" * len(entries))
    content = file.path.read_bytes()
    assert content == HEAD + b"x" * 1000 + b"tail"
    assert digest == hashlib.sha256(content[:-4]).hexdigest()


def test_a_small_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "small.json"
    disk.write_small(path, b"one")
    disk.write_small(path, b"two")
    assert disk.read_small(path) == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["small.json"]


def test_a_small_file_is_whole_though_the_disk_takes_it_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: write(fd, content[:7]))
    disk.write_small(tmp_path / "small", b"twenty-three bytes long")
    assert disk.read_small(tmp_path / "small") == b"twenty-three bytes long"


def test_a_small_file_that_does_not_fit_leaves_the_old_one_alone(small_disk: Path) -> None:
    path = small_disk / "small"
    disk.write_small(path, b"old")
    with pytest.raises(OSError, match="No space"):
        disk.write_small(path, b"x" * (2 << 20))
    assert disk.read_small(path) == b"old"
    assert [entry.name for entry in small_disk.iterdir()] == ["small"]
