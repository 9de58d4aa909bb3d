"""What a volume's sync thread asks its file system: is it the same, what is free, is all kept."""

from __future__ import annotations

import ctypes
import os
import stat
from pathlib import Path

from nvr_core.recorder import disk


def free_bytes(root: Path) -> int:
    """Bytes that an ordinary program may still write on this file system."""
    state = os.statvfs(root)
    return state.f_bavail * state.f_frsize


def device_of(path: Path) -> int:
    """Number of the file system a path lies on: it changes when a mount goes away."""
    return path.stat().st_dev


def reclaim(root: Path, path: Path) -> int | None:
    """Unlink a file that is garbage. Returns the bytes freed, 0 when it is gone already.

    None, and nothing is touched, when it is no file, or when a link on the way leads elsewhere.
    The path begins with the root and has no "..".
    """
    inside = path.parent.relative_to(root)
    if os.path.realpath(path.parent) != os.path.normpath(os.path.realpath(root) / inside):
        return None
    try:
        found = path.lstat()
    except FileNotFoundError:
        return 0
    return disk.remove(path) if stat.S_ISREG(found.st_mode) else None


_libc = ctypes.CDLL(None, use_errno=True)


def sync_file_system(root: Path) -> None:
    """syncfs(2): all that was written to this file system before the call survives a power cut."""
    fd = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(fd) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(root))
    finally:
        os.close(fd)
