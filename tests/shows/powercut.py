"""A disk whose power can be cut: a file system on a loop device, shut down without its log."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

from tests.shows.figures import CannotRun, need_program, need_root

GOING_DOWN = 0x8004587D
"""_IOR('X', 125, __u32): XFS_IOC_GOINGDOWN, and EXT4_IOC_SHUTDOWN, which took its number."""
WITHOUT_LOG = struct.pack("=I", 2)
"""XFS_FSOP_GOING_FLAGS_NOLOGFLUSH, EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on disk is lost."""

PATIENCE = 120.0
"""Seconds that another mount namespace may keep what we have unmounted."""

SIZE = "1500M"
"""Sparse; the file systems refuse disks that are much smaller."""


def run(*command: str | Path) -> str:
    """Run a command that must succeed; what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


class Disk:
    """An image file that is mounted, cut and mounted again. `kind`: ext4 or xfs."""

    def __init__(self, kind: str, folder: Path) -> None:
        need_root("mounts a file system")
        packages = {"ext4": "e2fsprogs", "xfs": "xfsprogs"}
        make = need_program(f"mkfs.{kind}", package=packages[kind])
        self.kind = kind
        self.root = folder / kind
        self.root.mkdir()
        self._image = folder / f"{kind}.image"
        run("truncate", "-s", SIZE, self._image)
        run(make, "-q", self._image)

    def mount(self) -> None:
        """With the file system's own defaults; what its log holds is played back."""
        run("mount", "-o", "loop", self._image, self.root)

    def cut(self) -> None:
        """From this moment nothing reaches the disk, and every call to it fails."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, GOING_DOWN, WITHOUT_LOG)
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """The loop device goes with it.

        Another mount namespace that was made meanwhile (a container, a sandbox) keeps a copy of
        the mount, and with it the file system that is down: wait for its end, mounting again
        would give the same dead file system.
        """
        run("umount", self.root)
        deadline = time.monotonic() + PATIENCE
        while run("losetup", "-j", self._image).strip():
            if time.monotonic() > deadline:
                raise CannotRun(f"another mount namespace holds {self.root} for {PATIENCE:.0f} s")
            time.sleep(0.05)

    def away(self) -> None:
        """Unmount whatever the state; for the end of a row that failed."""
        subprocess.run(["umount", "-l", str(self.root)], capture_output=True, check=False)
