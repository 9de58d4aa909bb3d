"""Copies of the catalogue from before each upgrade: the way back when one turns out wrong."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from nvr_core.clock import SECOND, Clock
from nvr_core.state import sqlite
from nvr_core.state.steps import Step, onward

KEPT = 5
"""Newest copies that stay."""
NAME = re.compile(r"ronda-(?P<revision>[0-9]+)-(?P<time>[0-9]{8}T[0-9]{6}Z)\.db")
HALF = ".half"
"""End of the name of a copy that is not whole."""


def made(path: Path, folder: Path, revision: str, clock: Clock, step: Step = onward) -> Path:
    """Copy the database into the folder, durably, and let older copies go. Returns the copy.

    Raises OSError; what stood there before is unharmed then.
    """
    step("backup: folder")
    folder.mkdir(parents=True, exist_ok=True)
    moment = datetime.fromtimestamp(clock.wall() // SECOND, UTC)
    target = folder / f"ronda-{revision}-{moment:%Y%m%dT%H%M%SZ}.db"
    half = target.with_name(target.name + HALF)
    half.unlink(missing_ok=True)
    step("backup: copy")
    sqlite.copy(path, half)
    step("backup: name")
    half.replace(target)
    step("backup: sync")
    sync(folder)
    sync(folder.parent)
    step("backup: made")
    for old in [*_older(folder, target)[KEPT - 1 :], *folder.glob(f"*{HALF}")]:
        step("backup: remove")
        old.unlink(missing_ok=True)
    step("backup: removed")
    return target


def listed(folder: Path) -> list[Path]:
    """Whole copies, newest first by the time in their names."""
    found = [(match["time"], path) for path in folder.glob("*.db") if (match := _match(path))]
    return [path for _, path in sorted(found, reverse=True)]


def _older(folder: Path, newest: Path) -> list[Path]:
    # A wrong clock may have named the newest one as if it were the oldest: it stays.
    return [path for path in listed(folder) if path != newest]


def _match(path: Path) -> re.Match[str] | None:
    return NAME.fullmatch(path.name)


def sync(folder: Path) -> None:
    """What was named in the folder survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
