"""What a recorder wrote down until its server says that it is safe elsewhere.

A `Journal` belongs to one thread at a time (the recorder's journal worker); its calls block. Any
number of `JournalReader`s, in other processes too, may read the same folder meanwhile.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from nvr_core.wire import journal_files
from nvr_core.wire.codec import LINE_LIMIT
from nvr_core.wire.journal_files import FILE_BYTES, File

log = logging.getLogger(__name__)

FOLDER_BYTES = 1 << 30
"""Beyond this, what can be spared is no longer written down. A camera tells about 8 MB a day, so 16
cameras fill it in a week without a server, 100 in thirty hours."""

SPARED = (b'"type":"notice"', b'"type":"stream-state"')
"""News for people, which the next state replaces. Segments and gaps are never left out."""

ENDED = b'"state":"ended"'
"""The one state that counts for the ledger: nobody wants the stream any more."""

HEAD = 96
"""Bytes at the head of a line in which its type stands."""


class Journal:
    """Appends numbered facts, makes them durable, and forgets what was acknowledged.

    Opening it cuts a line that a crash tore. Raises OSError when the disk refuses.
    """

    def __init__(
        self, folder: Path, *, file_bytes: int = FILE_BYTES, folder_bytes: int = FOLDER_BYTES
    ) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._folder_bytes = folder_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files = journal_files.listed(folder)
        if self._files:
            self._size, last = journal_files.whole_part(self._files[-1].path)
        else:
            self._files, self._size, last = [journal_files.named(folder, 1)], 0, None
        self.next_number = self._files[-1].first if last is None else last + 1
        """The lowest number that the next fact may have. Forgetting does not lower it."""
        self._total = self._size + sum(file.path.stat().st_size for file in self._files[:-1])
        self._descriptor = self._open(self._files[-1])
        self._torn = os.fstat(self._descriptor).st_size > self._size
        self._mend()
        self._full = False

    @property
    def newest(self) -> int:
        """The number with which the newest file begins: older files can be forgotten."""
        return self._files[-1].first

    def append(self, number: int, line: bytes) -> bool:
        """Write one encoded fact behind the others. False: left out, the journal is full.

        A process that dies loses nothing of it; `sync` makes it outlive a power cut. On OSError
        (disk full) nothing of the line stands in the journal, and the next append may work.
        """
        if number < self.next_number:
            raise ValueError(f"fact {number} comes after {self.next_number - 1}")
        if len(line) > LINE_LIMIT or journal_files.number_of(line) != number:
            raise ValueError(f"the line of fact {number} is not one whole line with this number")
        if self._beyond_bound(line):
            self.next_number = number + 1
            return False
        self._mend()
        if self._size and self._size + len(line) > self._file_bytes:
            self._rotate(number)
        self._torn = True
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._torn = False
        self._size += len(line)
        self._total += len(line)
        self.next_number = number + 1
        return True

    def sync(self) -> None:
        """Block until everything appended so far would survive a power cut (fdatasync)."""
        os.fdatasync(self._descriptor)

    def forget(self, number: int) -> None:
        """Facts up to this number are safe elsewhere: drop files that hold nothing newer.

        The newest file stays, and with it the next number.
        """
        while len(self._files) > 1 and self._files[1].first <= number + 1:
            oldest = self._files[0].path
            size = oldest.stat().st_size if oldest.exists() else 0
            oldest.unlink(missing_ok=True)
            del self._files[0]
            self._total -= size
        self._full = self._full and self._total > self._folder_bytes

    def close(self) -> None:
        """Sync and close; the object is of no use afterwards."""
        try:
            self.sync()
        finally:
            os.close(self._descriptor)

    def _open(self, file: File) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(file.path, flags, 0o600)
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)  # the name of a new file must survive a power cut too
            finally:
                os.close(folder)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _rotate(self, number: int) -> None:
        file = journal_files.named(self._folder, number)
        self.sync()  # in order: no fact is durable before the facts before it
        descriptor = self._open(file)
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._files.append(file)
        self._size = 0

    def _mend(self) -> None:
        """Cut what a crash or a failed write left of a line, or the next one would drown in it."""
        if self._torn:
            os.ftruncate(self._descriptor, self._size)
            self._torn = False

    def _beyond_bound(self, line: bytes) -> bool:
        if self._total + len(line) <= self._folder_bytes:
            return False
        if not self._full:
            self._full = True
            log.error(
                "the journal in %s holds %d MiB that no server has stored in the catalogue: "
                "notices and states are left out from now on, segments and gaps are still written "
                "down; start the server, or see in its log why it stores nothing",
                self._folder,
                self._total >> 20,
            )
        return ENDED not in line and any(kind in line[:HEAD] for kind in SPARED)
