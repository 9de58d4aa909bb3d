"""What a journal says that still matters to whoever writes on in it, read quickly.

A server may leave a day of facts unacknowledged; a recorder that starts anew cannot take the time
to decode them all. Segments matter only when they are recent, and their parts not at all: a list of
them, as version 0.1 told it, is cut out before it is read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from nvr_core.wire import codec, journal_files
from nvr_core.wire.errors import WireError
from nvr_core.wire.facts import Numbered

log = logging.getLogger(__name__)

RECENT = 2
"""So many of the newest files (16 MiB each) are read in full: segments are open for minutes."""

HEAD = 96
"""Bytes at the head of a line in which its type stands."""


def recall(folder: Path) -> Iterator[Numbered]:
    """Gaps, starts and ends of streams of the whole journal, and the segments of its newest part.

    Damaged lines are passed over. Raises OSError.
    """
    files = journal_files.listed(folder) if folder.is_dir() else []
    for place, file in enumerate(files):
        recent = place >= len(files) - RECENT
        with file.path.open("rb") as stream:
            for line in stream:
                brief = _brief(line, recent)
                if brief is None:
                    continue
                try:
                    message = codec.decode(brief)
                except WireError as error:
                    log.warning("%s holds a line that is passed over: %s", file.path, error)
                    continue
                if isinstance(message, Numbered):
                    yield message


def _brief(line: bytes, recent: bool) -> bytes | None:
    """What must be decoded of a line; None when nothing must."""
    head = line[:HEAD]
    if not line.endswith(b"\n") or b'"type":"notice"' in head:
        return None
    if b'"type":"stream-state"' in head:
        return line if b'"state":"ended"' in line else None
    if b'"type":"segment-' not in head:
        return line
    if not recent:
        return None
    before, found, after = line.partition(b'"parts":[')
    _, closed, rest = after.partition(b"],")  # parts are objects of numbers: the first ] is theirs
    return before + b'"parts":[],' + rest if found and closed else line
