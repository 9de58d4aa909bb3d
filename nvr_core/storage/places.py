"""Volumes as folders: which of them are there now, how much room they have, and what lies where."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from nvr_core.state.volumes import Volume
from nvr_core.wire import volume

T = TypeVar("T")


class Run(Protocol):
    """Runs a short blocking call beside the event loop. Raises what the call raises."""

    async def __call__(self, call: Callable[[], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A volume and its folder."""

    number: int
    """Local, by which files point at it."""
    root: Path
    installation: str

    def trouble(self) -> str:
        """Empty while the volume is there and ours, else a sentence. Looks at the disk."""
        return volume.check(self.root, self.installation)

    def there(self) -> bool:
        return not self.trouble()

    def path(self, key: str) -> Path:
        return self.root / key


@dataclass(frozen=True, slots=True)
class Look:
    """What the file system of a volume says, in bytes."""

    trouble: str
    """Empty, or why it is not there."""
    size: int = 0
    free: int = 0


def places(volumes: list[Volume], installation: str) -> list[Place]:
    """Those of the volumes that are folders of this machine."""
    return [
        Place(one.number, Path(one.root), installation)
        for one in volumes
        if one.root.startswith("/")
    ]


def look(place: Place) -> Look:
    """Ask the disk. A disk that does not answer is not there."""
    trouble = place.trouble()
    if trouble:
        return Look(trouble)
    try:
        found = os.statvfs(place.root)
    except OSError as error:
        return Look(f"{place.root} cannot be looked at ({error}); check the disk")
    return Look("", found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)
