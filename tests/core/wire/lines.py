"""Lines of a journal, and how tests write and list them."""

from __future__ import annotations

from pathlib import Path

from nvr_core.wire import codec, journal_files
from nvr_core.wire.facts import Kept, Numbered, SegmentGone
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader


def gone(size: int = 0) -> SegmentGone:
    return SegmentGone(segment="s", path="p" * size, why="aged")


def line(number: int, fact: Kept | None = None) -> bytes:
    return codec.encode(Numbered(number=number, at=0, fact=fact or gone()))


def write(journal: Journal, *numbers: int, size: int = 0) -> None:
    for number in numbers:
        assert journal.append(number, line(number, gone(size)))


def numbers(folder: Path, after: int = 0, limit: int = 1000) -> list[int]:
    return [fact.number for fact in JournalReader(folder).read(after, limit)]


def names(folder: Path) -> list[str]:
    return [file.path.name for file in journal_files.listed(folder)]
