"""Looks at recorded files as a viewer would: which drawn frames are in them, and when."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nvr_core.media import reading
from nvr_core.simulators import draw


class Shown(NamedTuple):
    """One frame of a file in the order of display."""

    pts: int
    """Ticks of the run's line."""
    number: int | None
    """The frame number drawn into the simulated picture; None when it cannot be read."""


def frames(path: Path) -> Iterator[Shown]:
    """Decode a video file."""
    import av  # lazily: most tests do not decode

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            read = draw.read_frame(frame)
            yield Shown(frame.pts or 0, read.number if read is not None else None)


def numbers(paths: Iterable[Path]) -> list[int | None]:
    """The drawn numbers of several files, one behind the other."""
    return [shown.number for path in paths for shown in frames(path)]


def consecutive(found: list[int | None], length: int) -> bool:
    """True when each number follows the one before it in a loop of so many frames."""
    return all(
        a is not None and b is not None and (a + 1) % length == b
        for a, b in itertools.pairwise(found)
    )


def sound(path: Path) -> str:
    """What is wrong with a closed segment, in one sentence; empty when nothing is."""
    with path.open("rb") as file:
        found = reading.read(file)
        if found.problems:
            return f"{path.name}: {found.problems[0]}"
        if found.closing is None:
            return f"{path.name} was not closed"
        if found.closing.sha256 and not reading.verify(file):
            return f"{path.name} does not have the hash that it carries"
    return ""
