"""A volume as its folders: days in order, the files in them, and what recorders have marked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nvr_core.storage.places import Place
from nvr_core.wire.volume import NAME, OPEN, key_of_marker

SUFFIX = ".mp4"
NOT_OURS = frozenset((OPEN, "lost+found"))
_DAY = re.compile(r"(?:^|/)([0-9]{4}/[0-9]{2}/[0-9]{2})$")
YOUNGEST = "2025"
"""Days before belong to wrong clocks: when they were recorded, nobody knows."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder with files."""

    path: str
    """Below the volume's root, empty for the root itself."""
    names: tuple[str, ...]
    """Of segments, in order."""
    others: tuple[str, ...]
    """Of files that are none."""

    @property
    def keys(self) -> list[str]:
        return [f"{self.path}/{name}" if self.path else name for name in self.names]

    @property
    def stream(self) -> tuple[str, str] | None:
        """Camera and stream by the folder's name; None where it has no such one."""
        parts = self.path.split("/")
        return (parts[0], parts[1]) if len(parts) >= 2 else None


def folders(place: Place, others: Iterable[Path] = ()) -> list[str]:
    """Paths of all folders below the root, in order, without those of other volumes. Blocks.

    Raises OSError. Links are not followed.
    """
    inside = {str(root) for root in others if root != place.root}
    found, waiting = [], [""]
    while waiting:
        path = waiting.pop()
        found.append(path)
        with os.scandir(place.path(path)) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False) or entry.path in inside:
                    continue
                if path or entry.name not in NOT_OURS:
                    waiting.append(f"{path}/{entry.name}" if path else entry.name)
    return sorted(found)


def files(place: Place, path: str) -> Folder:
    """The files of one folder. Blocks; one that went meanwhile is empty. Raises OSError."""
    names: list[str] = []
    others: list[str] = []
    try:
        with os.scandir(place.path(path)) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) or (not path and entry.name == NAME):
                    continue
                ours = entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False)
                (names if ours else others).append(entry.name)
    except FileNotFoundError:
        pass
    return Folder(path, tuple(sorted(names)), tuple(sorted(others)))


def by_day(paths: Iterable[str]) -> Iterator[list[str]]:
    """Folders of one day together, the earliest first; what lies in none, and impossible days,
    last. A folder's name is no proof of when: it is only the order of reading."""
    days: dict[str, list[str]] = {}
    for path in paths:
        match = _DAY.search(path)
        days.setdefault(match[1] if match else "", []).append(path)
    for day in sorted(days, key=lambda one: (one < YOUNGEST, one)):
        yield days[day]


def marked(place: Place) -> frozenset[str]:
    """Keys of files that are open, or that a recorder will repair and tell. Blocks."""
    try:
        return frozenset(key_of_marker(name) for name in os.listdir(place.path(OPEN)))
    except FileNotFoundError:
        return frozenset()
