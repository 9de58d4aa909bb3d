"""What a volume's sync thread asks its file system: is it the same, what is free, is all kept."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def free_bytes(root: Path) -> int:
    """Bytes that an ordinary program may still write on this file system."""
    state = os.statvfs(root)
    return state.f_bavail * state.f_frsize


def device_of(path: Path) -> int:
    """Number of the file system a path lies on: it changes when a mount goes away."""
    return path.stat().st_dev


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
