"""Reading a journal beside the recorder that writes it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from nvr_core.wire import codec, journal_files
from nvr_core.wire.errors import UnknownMessage, WireError
from nvr_core.wire.facts import Numbered
from nvr_core.wire.journal_files import File

log = logging.getLogger(__name__)

READ_BYTES = 8 << 20
"""Bytes of lines after which one call returns what it has."""


class JournalReader:
    """Gives the facts after a number, in order, following the files as they rotate.

    One object belongs to one thread at a time, and its calls block. It remembers where it
    stopped, so that reading on costs only what is new.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: File | None = None
        self._inode = 0
        self._place = 0
        """Where the next unread line of `_file` begins."""
        self._passed = 0
        """Nothing that a caller may want after this number stands before `_place`."""

    def read(self, after: int, limit: int) -> list[Numbered]:
        """At most `limit` facts with numbers above `after`; none when there are no more yet.

        A line that is still being written is left for the next call. Damaged lines, and facts
        of a newer version, are passed over with a line in the log. Raises OSError.
        """
        found: list[Numbered] = []
        try:
            files = journal_files.listed(self._folder)
        except FileNotFoundError:
            return found
        budget = READ_BYTES
        for file in files[self._start(files, after) :]:
            budget = self._read_file(file, after, limit, budget, found)
            if len(found) >= limit or budget <= 0:
                break
        self._passed = found[-1].number if found else after
        return found

    def _start(self, files: list[File], after: int) -> int:
        """The index of the first file that can hold a number above `after`."""
        if self._file in files and after >= self._passed:
            return files.index(self._file)
        self._file = None
        return max((at for at, file in enumerate(files) if file.first <= after + 1), default=0)

    def _read_file(
        self, file: File, after: int, limit: int, budget: int, found: list[Numbered]
    ) -> int:
        """Append the file's facts to `found`; returns what is left of the byte budget."""
        try:
            stream = file.path.open("rb")
        except FileNotFoundError:  # forgotten since the listing, so acknowledged
            return budget
        with stream:
            self._enter(file, os.fstat(stream.fileno()))
            stream.seek(self._place)
            while len(found) < limit and budget > 0:
                line = stream.readline(codec.LINE_LIMIT)
                if not line.endswith(b"\n") and len(line) < codec.LINE_LIMIT:
                    break  # the end, or a line that is not whole yet
                self._place += len(line)
                budget -= len(line)
                if (journal_files.number_of(line) or after + 1) <= after:
                    continue
                if (fact := self._decoded(file, line)) is not None:
                    found.append(fact)
        return budget

    def _enter(self, file: File, status: os.stat_result) -> None:
        """Go on in the file where it was left, or at its head when it is another or was cut."""
        if file != self._file or status.st_ino != self._inode or status.st_size < self._place:
            self._file, self._inode, self._place = file, status.st_ino, 0

    def _decoded(self, file: File, line: bytes) -> Numbered | None:
        try:
            message = codec.decode(line)
        except UnknownMessage as error:
            log.info("passed over a fact in %s: %s", file.path, error)
            return None
        except WireError as error:
            log.warning("%s is damaged before byte %d: %s", file.path, self._place, error)
            return None
        if isinstance(message, Numbered):
            return message
        log.warning("%s holds a line without a number before byte %d", file.path, self._place)
        return None
