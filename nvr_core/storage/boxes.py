"""What a file on a volume says of itself: the fact its recorder told, or why it is none of ours."""

from __future__ import annotations

import fcntl
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple

from nvr_core.media import reading
from nvr_core.media.errors import MediaError
from nvr_core.wire.facts import SegmentClosed
from nvr_core.wire.names import is_part
from nvr_core.wire.retelling import retold

LONGEST = 64
"""Characters of an id."""
BUFFER = 64 << 10
"""Bytes read at once: the heads of a small segment, in one call."""


class Why(StrEnum):
    """Why a file is left alone."""

    BUSY = "being written"
    FOREIGN = "foreign"
    TORN = "torn"
    UNREAD = "unreadable"


class Left(NamedTuple):
    """A file that is left alone, and why."""

    why: Why
    sentence: str


def told(path: Path) -> SegmentClosed | Left:
    """Read the boxes of a closed segment; its hash is not checked. Blocks.

    A file that a recorder holds is being written. It must not be one that is marked as open: the
    look would stand in the way of its repair.
    """
    try:
        with path.open("rb", buffering=BUFFER) as file:
            if not _free(file):
                return Left(Why.BUSY, "a recorder writes it")
            return _described(path, reading.read(file))
    except MediaError as error:
        return Left(Why.FOREIGN, f"no segment of ours ({error})")
    except OSError as error:
        return Left(Why.UNREAD, f"it cannot be read ({error})")


def _free(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _described(path: Path, found: reading.Segment) -> SegmentClosed | Left:
    opening, closing = found.opening, found.closing
    if opening is None:
        return Left(Why.FOREIGN, "it does not say whose footage it is")
    if not (is_part(opening.camera) and is_part(opening.stream)):
        return Left(Why.FOREIGN, f"no camera and stream of ours: {opening.camera!r:.40}")
    ids = (opening.segment, opening.run, opening.recorder_start)
    if not all(0 < len(one) <= LONGEST for one in ids):
        return Left(Why.FOREIGN, "its ids are none of ours")
    if closing is None or not found.fragments:
        return Left(Why.TORN, "it has no end; the recorder that wrote it closes it when it starts")
    if found.problems or closing.duration_us <= 0:
        first = found.problems[0] if found.problems else "it lasts no time"
        return Left(Why.TORN, first)
    return retold(path, found, opening, closing)
