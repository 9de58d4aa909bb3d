"""Every disk call of the recorder. All of it blocks, and runs in a worker's thread."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from nvr_core.media.segment import FragmentEntry
from nvr_core.wire.volume import OPEN, key_of_marker, marker_name

PIECES = 512
"""Buffers a writev; Linux takes 1024 (IOV_MAX)."""

Tail = Callable[[str, Sequence[FragmentEntry]], bytes]


class TornWrite(OSError):
    """A write did not go through; the file was cut back to its last whole fragment."""


class SegmentFile:
    """One segment file while it grows: whole fragments or nothing. Used by one thread."""

    def __init__(self, root: Path, key: str, *, marked: bool, hashing: bool) -> None:
        self.path = root / key
        self.size = 0
        self.entries: list[FragmentEntry] = []
        self._marker = root / OPEN / marker_name(key) if marked else None
        self._hash = hashlib.sha256() if hashing else None
        self._fd = -1
        self._broken = False

    def create(self, head: bytes) -> None:
        """Make the file with its first bytes; FileExistsError when the name is taken."""
        self._fd = _make(self.path, self._marker)
        self._write([head], len(head))

    def append(
        self, pieces: Sequence[bytes | bytearray], size: int, entry: tuple[int, int, bool, int, int]
    ) -> FragmentEntry:
        """Write one whole fragment; entry = (start, duration, key, frames, shift) in ticks."""
        if self._fd < 0 or self._broken:
            raise TornWrite(errno.EBADF, "the segment was given up", str(self.path))
        offset = self.size
        self._write(pieces, size)
        written = FragmentEntry(offset, size, *entry)
        self.entries.append(written)
        return written

    def close(self, tail: Tail) -> str | None:
        """Write the closing boxes and give the file free. Returns the hash that they carry.

        None when there was nothing to close: a file without a fragment is removed.
        """
        if self._fd < 0:
            raise TornWrite(errno.EBADF, "the segment was given up", str(self.path))
        if not self.entries:
            self.give_up()
            remove(self.path)
            return None
        digest = self._hash.hexdigest() if self._hash is not None else ""
        boxes = tail(digest, self.entries)
        self._write([boxes], len(boxes))
        self.give_up()
        return digest

    def give_up(self) -> None:
        """Let go of the file as it is: whole up to its last fragment, to be repaired later."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, pieces: Sequence[bytes | bytearray], size: int) -> None:
        try:
            written = 0
            for first in range(0, len(pieces), PIECES):
                batch = pieces[first : first + PIECES]
                count = os.writev(self._fd, batch)
                written += count
                if count < sum(map(len, batch)):
                    break
            if written < size:
                # A disk says "full" at the next write only: ask it, so that the error has a name.
                _write_all(self._fd, b"".join(pieces)[written:])
        except OSError as error:
            self._cut_back()
            raise TornWrite(error.errno, error.strerror, str(self.path)) from error
        if self._hash is not None:
            for piece in pieces:
                self._hash.update(piece)
        self.size += size

    def _cut_back(self) -> None:
        # What was queued behind this write must not follow it: there would be a hole.
        self._broken = True
        try:
            os.ftruncate(self._fd, self.size)
            os.lseek(self._fd, self.size, os.SEEK_SET)
        except OSError:
            # The disk is gone: what it kept is cut by the repair after it has come back.
            self.give_up()


def _make(path: Path, marker: Path | None) -> int:
    """A new file, locked by us before anybody who looks at its marker can lock it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if marker is None:
        return _make_locked(path)
    marker.parent.mkdir(exist_ok=True)
    with _looking(marker.parent, fcntl.LOCK_SH):
        ours = not marker.exists()
        marker.touch()
        try:
            return _make_locked(path)
        except OSError:
            if ours:
                marker.unlink(missing_ok=True)
            raise


def _make_locked(path: Path) -> int:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


@contextlib.contextmanager
def _looking(folder: Path, lock: int) -> Iterator[None]:
    """Markers and files appear under the shared lock, and are missed under the exclusive one:
    several recorders may write to one volume."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, lock)
        yield
    finally:
        os.close(fd)


def unmark(root: Path, key: str) -> None:
    """The segment is closed and told: its marker is no longer needed."""
    (root / OPEN / marker_name(key)).unlink(missing_ok=True)


def marked(root: Path, key: str) -> bool:
    """Nobody has said yet that the segment is closed and told."""
    return (root / OPEN / marker_name(key)).exists()


@contextlib.contextmanager
def held(path: Path) -> Iterator[BinaryIO | None]:
    """A segment's file, to be read, cut and closed by us alone; None while somebody else has it.

    Raises FileNotFoundError.
    """
    with path.open("r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file


def unmark_missing(root: Path, key: str) -> bool:
    """Take away the marker of a file that is not there. False: the file has just been made."""
    folder = root / OPEN
    if not folder.is_dir():
        return True
    with _looking(folder, fcntl.LOCK_EX):
        if (root / key).exists():
            return False
        unmark(root, key)
        return True


def private_folder(path: Path) -> None:
    """Make a folder that only its user may look into."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def remove(path: Path) -> int:
    """Unlink a file, and its folder when it was the last one there. Returns the bytes freed."""
    size = path.stat().st_size if path.exists() else 0
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()
    return size


def write_small(path: Path, content: bytes) -> None:
    """Replace a small private file: old or new after a crash or an error, never half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            _write_all(fd, content)
            os.fdatasync(fd)
        finally:
            os.close(fd)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _write_all(fd: int, content: bytes) -> None:
    """A write may take less than it is given: only the next one says why."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]


def read_small(path: Path, limit: int = 16 << 20) -> bytes | None:
    """The whole of a small file; None when there is none."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except FileNotFoundError:
        return None


def open_lock(path: Path) -> int:
    """A file descriptor to flock; the file is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def open_keys(root: Path) -> list[str]:
    """Keys of the segments that were opened and never reported as closed, oldest first."""
    folder = root / OPEN
    if not folder.is_dir():
        return []
    return sorted(key_of_marker(entry.name) for entry in folder.iterdir())


def clear(root: Path) -> None:
    """Empty a ring's folder: what an earlier recorder left there has no ledger."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)


def rings_beside(root: Path) -> list[Path]:
    """Other recorders' rings."""
    return [folder for folder in root.parent.glob("ring*") if folder != root]


def remove_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def copy_marked(source: Path, root: Path, key: str) -> None:
    """Copy a closed segment onto a volume, marked as open until its fact is durable.

    Locked while it grows, as any other. What could be copied of it goes when the disk is full;
    a file that was there before stays: FileExistsError.
    """
    target = root / key
    with source.open("rb") as original:
        made = _make(target, root / OPEN / marker_name(key))
        try:
            with open(made, "wb") as copy:
                shutil.copyfileobj(original, copy, 1 << 20)
        except OSError:
            with contextlib.suppress(OSError):
                remove(target)
                unmark(root, key)
            raise


def read_folder(folder: Path) -> dict[str, str]:
    """Names and contents of the small text files in a folder."""
    if not folder.is_dir():
        return {}
    return {
        path.name: path.read_text(errors="replace")[:4096]
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    }
