"""Files that a crash left open are cut to their last whole fragment, closed, and told."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from nvr_core.clock import SECOND
from nvr_core.media import reading, segment, torn
from nvr_core.media.errors import MediaError
from nvr_core.recorder import disk
from nvr_core.wire.facts import SegmentClosed, SegmentGone
from nvr_core.wire.retelling import retold

CHUNK = 1 << 20

HEAD_LIMIT = 64 << 10
"""Bytes in which the head of a segment surely ends. A shorter file that holds no whole head was
cut before its first frame."""

Step = Callable[[str], None]
"""Called with a name before and after everything that changes a file: a test may end the process
there."""


def onward(_name: str) -> None:
    """What the product does at each step: nothing."""


def repair(
    root: Path, key: str, name: str = "", step: Step = onward
) -> SegmentClosed | SegmentGone | None:
    """Close one file, or find that it was closed. None when somebody else holds it.

    name: the segment's id, if it is known. Blocks; raises OSError when the disk does not do its
    part, MediaError for a file that is not a segment at all: it is left alone then.
    """
    path = root / key
    try:
        with disk.held(path) as file:
            return None if file is None else _repaired(file, path, name, step)
    except FileNotFoundError:
        if not disk.unmark_missing(root, key):
            return None
        return SegmentGone(segment=name, path=str(path), why="missing")


def _repaired(file: BinaryIO, path: Path, name: str, step: Step) -> SegmentClosed | SegmentGone:
    try:
        found = reading.read(file)
    except MediaError:
        if not _headless(file):
            raise
        _remove(path, step)
        return SegmentGone(segment=name, path=str(path), why="empty")
    opening = found.opening
    fragments = found.fragments
    # A cut may keep the closing boxes and lose pages before them: the hash tells.
    closing = found.closing if reading.verify(file) else None
    if closing is None:
        fragments = fragments[: torn.whole_fragments(file, found)]
    if opening is None or not fragments:
        _remove(path, step)
        gone = opening.segment if opening is not None else name
        return SegmentGone(segment=gone, path=str(path), why="empty")
    if closing is None:
        closing = _close(file, found, fragments, step)
    elif found.problems:
        # All footage is there, and its index is not.
        _finish(file, found.hashed, segment.closing_boxes(closing, fragments), step)
    kept = replace(found, fragments=fragments, size=path.stat().st_size)
    return retold(path, kept, opening, closing)


def _headless(file: BinaryIO) -> bool:
    """A name without footage: the power went before the disk had the file's first bytes."""
    file.seek(0)
    head = file.read(HEAD_LIMIT)
    if len(head) < HEAD_LIMIT:
        return b"moof" not in head
    while not any(head):
        if not (head := file.read(CHUNK)):
            return True
    return False


def _remove(path: Path, step: Step) -> None:
    step("remove: begin")
    disk.remove(path)
    step("remove: done")


def _close(
    file: BinaryIO,
    found: reading.Segment,
    fragments: tuple[segment.FragmentEntry, ...],
    step: Step,
) -> segment.Closing:
    end = fragments[-1].offset + fragments[-1].size
    digest = hashlib.sha256()
    file.seek(0)
    left = end
    while left and (piece := file.read(min(CHUNK, left))):
        digest.update(piece)
        left -= len(piece)
    kept = replace(found, fragments=fragments, walls=found.walls[: len(fragments)], closing=None)
    ticks = kept.end - kept.base
    closing = segment.Closing(
        start=kept.start,
        duration_us=ticks * SECOND // found.timescale,
        frames=sum(fragment.frames for fragment in fragments),
        no_key=not fragments[0].key,
        repaired=True,
        sha256=digest.hexdigest(),
    )
    _finish(file, end, segment.closing_boxes(closing, fragments), step)
    return closing


def _finish(file: BinaryIO, end: int, boxes: bytes, step: Step) -> None:
    """Cut a file, write its last boxes behind the cut, and have them outlive a power cut."""
    step("cut: begin")
    file.truncate(end)
    file.seek(end)
    step("cut: done")
    rest = memoryview(boxes)
    while rest:
        rest = rest[file.write(rest) or 0 :]
    step("boxes: written")
    os.fdatasync(file.fileno())
    step("boxes: durable")
