"""One segment file looked through: what stands in it, and whether it is whole."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from nvr_core.cli import moments
from nvr_core.media import boxes, reading, segment
from nvr_core.media.boxes import Box
from nvr_core.media.errors import MediaError
from nvr_core.media.reading import Sample, Segment

MOST_BOXES = 100_000
"""A segment of ours has a few thousand."""


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """One file, looked through."""

    path: Path
    found: Segment
    growing: bool
    """A recorder writes to it now."""
    hash_right: bool | None
    """None: there is no hash yet."""

    @property
    def damage(self) -> tuple[str, ...]:
        """What is wrong, in sentences."""
        wrong = ("the bytes are not those that the hash was made of",)
        return self.found.problems + (wrong if self.hash_right is False else ())


def inspect(path: Path, file: BinaryIO) -> Inspected:
    """Read a file and check its hash. MediaError: it is no segment."""
    growing = locked(file)
    found = reading.read(file, growing=growing)
    right = None if found.closing is None else reading.verify(file)
    return Inspected(path=path, found=found, growing=growing, hash_right=right)


def locked(file: BinaryIO) -> bool:
    """Whether a recorder holds the file: only the holder of its lock writes to it."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without locks: nobody can hold one
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def list_boxes(file: BinaryIO) -> list[tuple[int, Box]]:
    """Every box with its depth and place in the file, as far as they can be followed."""
    size = file.seek(0, 2)
    listed: list[tuple[int, Box]] = []
    at = 0
    while at < size and len(listed) < MOST_BOXES:
        try:
            found = boxes.top(file, at, size)
            if found is None:
                break
            listed.append((0, found))
            if found.kind in boxes.PARENTS and found.end - found.start <= reading.MAX_INIT:
                content = boxes.read(file, found.start, found.end - found.start, reading.MAX_INIT)
                inside = boxes.tree(content, found.body - found.start, found.end - found.start, 1)
                listed += [(depth, box.moved(found.start)) for depth, box in inside]
        except MediaError:
            break
        at = found.end
    return listed


def list_frames(file: BinaryIO, found: Segment) -> list[Sample]:
    """Every frame in decode order."""
    return [sample for entry in found.fragments for sample in reading.samples(file, entry)]


def described(inspected: Inspected) -> dict[str, Any]:
    """Everything for programs: times in UTC microseconds, media times in ticks."""
    found = inspected.found
    opening, closing = found.opening, found.closing
    return {
        "file": str(inspected.path),
        "size": found.size,
        "whole": found.whole,
        "state": state(inspected),
        "hash": {True: "right", False: "wrong", None: "none"}[inspected.hash_right],
        "damage": list(inspected.damage),
        "opening": None if opening is None else segment.as_json(opening),
        "closing": None if closing is None else segment.as_json(closing),
        "timescale": found.timescale,
        "width": found.width,
        "height": found.height,
        "base": found.base,
        "end": found.end,
        "start": found.start,
        "start_utc": moments.utc(found.start),
        "duration_us": found.wall(found.end) - found.start,
        "frames": found.frames,
        "init_size": found.init_size,
        "fragments": [entry._asdict() for entry in found.fragments],
        "parts": [part._asdict() for part in segment.parts(found.fragments)],
    }


def state(inspected: Inspected) -> str:
    """How far the file came, in one word."""
    closing = inspected.found.closing
    if closing is not None:
        return "repaired" if closing.repaired else "closed"
    return "growing" if inspected.growing else "open"
