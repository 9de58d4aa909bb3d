"""What a failed write says of the volume, and what only of one stream's folder."""

import errno
import os
from pathlib import Path

import pytest

from nvr_core.recorder import disk
from nvr_core.recorder.trouble import OF_ONE_FOLDER, meaning
from nvr_core.wire.facts import Cause

ROOT = Path("/srv/volume")
KEY = "cam/main/2026/01/02/a.mp4"


def failed(code: int, path: object) -> OSError:
    return OSError(code, os.strerror(code), str(path))


@pytest.mark.parametrize("code", sorted(OF_ONE_FOLDER), ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("path", [KEY, str(Path(KEY).parent), "cam/main"])
def test_a_folder_that_takes_nothing_is_one_streams_trouble(code: int, path: str) -> None:
    found = meaning(ROOT, failed(code, ROOT / path))
    assert found.cause == Cause.DISK_LOST
    assert found.folder == ROOT / "cam/main"
    assert found.sentence.startswith("/srv/volume/cam/main cannot be written (")


@pytest.mark.parametrize(
    "error",
    [
        failed(errno.EIO, ROOT / KEY),
        failed(errno.EROFS, ROOT / KEY),
        failed(errno.EACCES, ROOT),
        failed(errno.EACCES, ROOT / "cam"),
        failed(errno.EACCES, ROOT / "open" / "x~y"),
        failed(errno.EACCES, "/elsewhere/cam/main/a.mp4"),
        failed(errno.ENODEV, ROOT / KEY),
        disk.TornWrite(errno.EACCES, "no", str(ROOT / KEY)),
        OSError(errno.EACCES, "no"),
        ValueError("no"),
    ],
    ids=str,
)
def test_all_else_is_the_volumes(error: Exception) -> None:
    found = meaning(ROOT, error)
    assert (found.cause, found.folder) == (Cause.DISK_LOST, None)


def test_a_name_that_something_else_has_is_one_cameras_trouble() -> None:
    assert meaning(ROOT, failed(errno.EEXIST, ROOT / "cam")).folder == ROOT / "cam"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_full_for_all(code: int) -> None:
    found = meaning(ROOT, failed(code, ROOT / KEY))
    assert (found.cause, found.folder) == (Cause.DISK_FULL, None)
    assert found.sentence.startswith("/srv/volume is full")


def wall(root: Path, kind: str) -> None:
    """Put what no segment can be made below where the stream's folder should be."""
    (root / "cam").mkdir()
    place = root / "cam/main"
    match kind:
        case "file":
            place.touch()
        case "dangling":
            place.symlink_to(root / "nowhere")
        case "loop":
            place.symlink_to(place)
        case "camera":
            (root / "cam").rmdir()
            (root / "cam").touch()
        case "day":
            (place / "2026/01").mkdir(parents=True)
            (place / "2026/01/02").touch()


@pytest.mark.parametrize("kind", ["file", "dangling", "loop", "camera", "day"])
def test_what_the_kernel_says_of_such_folders_is_understood(tmp_path: Path, kind: str) -> None:
    wall(tmp_path, kind)
    with pytest.raises(OSError, match="cam") as caught:
        disk.SegmentFile(tmp_path, KEY, marked=True, hashing=True).create(b"head")
    assert meaning(tmp_path, caught.value).folder == tmp_path / "cam/main"
    assert disk.open_keys(tmp_path) == []
