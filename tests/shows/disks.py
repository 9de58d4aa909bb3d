"""Disks for bad days: mounted for one case, and gone after it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 10.0


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


@contextmanager
def memory(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of this size, in memory."""
    folder.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={megabytes}m", "ronda-show", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


class Faulty:
    """A mounted FUSE file system and the file that tells it how to fail."""

    def __init__(self, root: Path, control: Path) -> None:
        self.root = root
        self._control = control

    def fail(self, **faults: Any) -> None:
        """From the next write on; nothing named is a good disk."""
        fresh = self._control.with_suffix(".new")
        fresh.write_text(json.dumps(faults))
        fresh.replace(self._control)


@contextmanager
def faulty(folder: Path) -> Iterator[Faulty]:
    """A disk that fails as it is told."""
    backing, root, control = folder / "backing", folder / "disk", folder / "control.json"
    backing.mkdir(parents=True)
    root.mkdir()
    words = [sys.executable, "-m", "tests.shows.fuse_disk"]
    process = subprocess.Popen([*words, str(backing), str(root), str(control)])
    disk = Faulty(root, control)
    try:
        deadline = time.monotonic() + PATIENCE
        while not root.is_mount():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the FUSE file system was not mounted; is fuse3 installed?")
            time.sleep(0.05)
        yield disk
    finally:
        disk.fail()
        subprocess.run(["fusermount3", "-u", "-z", str(root)], check=False, capture_output=True)
        process.terminate()
        process.wait(PATIENCE)
