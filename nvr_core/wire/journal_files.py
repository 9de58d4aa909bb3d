"""The journal's folder: files named after their first number, one fact a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nvr_core.wire.codec import LINE_LIMIT

FILE_BYTES = 16 << 20
"""A file that reaches this is followed by a new one."""

_NAME = re.compile(r"([0-9]{12,})\.jsonl")
_LINE = re.compile(rb'\{"n":([0-9]{1,18}),.*\}\n')


@dataclass(frozen=True)
class File:
    """One file of the journal and the number that its first line has, or will have."""

    path: Path
    first: int


def named(folder: Path, first: int) -> File:
    return File(folder / f"{first:012d}.jsonl", first)


def listed(folder: Path) -> list[File]:
    """The journal's files in the order of their numbers; other files are none of its business."""
    found = [
        File(path, int(match[1]))
        for path in folder.iterdir()
        if (match := _NAME.fullmatch(path.name))
    ]
    return sorted(found, key=lambda file: file.first)


def number_of(line: bytes) -> int | None:
    """The number of a whole line; None for a torn or foreign one."""
    match = _LINE.fullmatch(line)
    return int(match[1]) if match else None


def whole_part(path: Path) -> tuple[int, int | None]:
    """Where the file's last whole line ends, and that line's number (None without any).

    What stands behind it was cut by a crash. Damage before it is left for readers to skip.
    """
    end, last, place = 0, None, 0
    with path.open("rb") as file:
        while line := file.readline(LINE_LIMIT):
            place += len(line)
            number = number_of(line)
            if number is not None:
                end, last = place, number
    return end, last
