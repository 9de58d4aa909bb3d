"""A disk that can be made slow, stuck, faulty or full: a pass-through file system (FUSE).

Usage: python -m tests.shows.fuse_disk BACKING MOUNTPOINT CONTROL. The JSON file CONTROL is read at
each write and each look at the free space: {"delay": s, "hang": true, "error": "EIO",
"short": bytes, "free": bytes}; an empty object is a good disk. Ends when it is unmounted.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import mfusepy


class FaultyDisk(mfusepy.Operations):
    """Passes everything on to a folder, but for what the control file says."""

    use_ns = True

    def __init__(self, backing: str, control: str) -> None:
        self._backing = backing
        self._control = Path(control)

    def _path(self, path: str) -> str:
        return self._backing + path

    def _faults(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._control.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def _obey(self) -> dict[str, Any]:
        while (faults := self._faults()).get("hang"):
            time.sleep(0.05)
        time.sleep(faults.get("delay", 0))
        if "error" in faults:
            raise OSError(getattr(errno, faults["error"]), "as told")
        return faults

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        found = os.lstat(self._path(path))
        names = ("atime", "ctime", "gid", "mode", "mtime", "nlink", "size", "uid", "blocks")
        return {f"st_{name}": getattr(found, f"st_{name}") for name in names}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._path(path))]

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._path(path))
        names = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_files", "f_frsize", "f_namemax")
        said = {name: getattr(found, name) for name in names}
        if "free" in (faults := self._faults()):
            said["f_bavail"] = faults["free"] // said["f_frsize"]
        return said

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(self._path(path), mode)

    def rmdir(self, path: str) -> None:
        os.rmdir(self._path(path))

    def unlink(self, path: str) -> None:
        os.unlink(self._path(path))

    def rename(self, old: str, new: str) -> None:
        os.rename(self._path(old), self._path(new))

    def utimens(self, path: str, times: tuple[int, int]) -> None:
        os.utime(self._path(path), ns=times)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        return os.open(self._path(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path: str, flags: int) -> int:
        return os.open(self._path(path), flags & ~os.O_APPEND)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        faults = self._obey()
        return os.pwrite(fh, data[: faults.get("short", len(data))], offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        os.truncate(self._path(path), length)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        self._obey()
        os.fsync(fh)

    def release(self, path: str, fh: int) -> None:
        os.close(fh)


if __name__ == "__main__":
    with contextlib.suppress(RuntimeError):  # so it reports the signal that ends it
        mfusepy.FUSE(FaultyDisk(sys.argv[1], sys.argv[3]), sys.argv[2], foreground=True)
