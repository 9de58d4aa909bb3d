"""The files of one folder by key, walked name by name, so that no link leads out of it.

All of it blocks, and runs in a thread.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

from nvr_core.contract import KeyMissing, KeyRefused, Stat, Text, VolumeFull
from nvr_plugins.local_disk.keys import names

PIECE = 1 << 20
PUTTING = ".putting"
"""Folder of files that are not whole yet."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Tree:
    """Holds the folder open: when the disk under it goes, nothing is written to another one."""

    def __init__(self, root: Path) -> None:
        """Raises OSError."""
        self.root = root
        self._fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        fd, self._fd = self._fd, -1  # a thread that comes late finds nothing, not another folder
        os.close(fd)

    def clear(self) -> None:
        """Remove what a crash left half-written."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(PUTTING, 0o700, dir_fd=self._fd)
        with self._folder([PUTTING]) as fd:
            for name in os.listdir(fd):
                os.unlink(name, dir_fd=fd)
        os.fsync(self._fd)

    def put(self, key: str, fill: Callable[[int], None]) -> None:
        """Make the file with what `fill` writes into a descriptor: whole and durable, or not."""
        *folders, name = names(key)
        half = token_hex(8)
        with self._folder([PUTTING]) as putting:
            try:
                fd = os.open(
                    half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640, dir_fd=putting
                )
                try:
                    fill(fd)
                    os.fsync(fd)
                finally:
                    os.close(fd)
                with self._refusing(key), self._folder(folders, make=True) as home:
                    os.replace(half, name, src_dir_fd=putting, dst_dir_fd=home)
                    os.fsync(home)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    os.unlink(half, dir_fd=putting)
                if isinstance(error, OSError) and error.errno in _FULL:
                    raise VolumeFull(
                        Text("The disk under {root} is full.", root=self.root)
                    ) from error
                raise

    def open(self, key: str) -> io.FileIO:
        """The file, to read from. Raises KeyMissing, KeyRefused, OSError."""
        *folders, name = names(key)
        try:
            with self._refusing(key), self._folder(folders) as home:
                # Not blocking: a pipe in place of a file must not hold the thread.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
                file = io.FileIO(os.open(name, flags, dir_fd=home))
        except FileNotFoundError:
            raise KeyMissing(Text("There is nothing under the key {key}.", key=key)) from None
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise KeyRefused(Text("What lies under the key {key} is no file.", key=key))
        return file

    def stat(self, key: str) -> Stat | None:
        try:
            with self.open(key) as file:
                return Stat(size=os.fstat(file.fileno()).st_size)
        except KeyMissing:
            return None

    def path(self, key: str) -> Path:
        """Where the file is, no link being on the way. Raises as `open` does."""
        self.open(key).close()
        return self.root.joinpath(*names(key))

    def delete(self, key: str) -> None:
        """Empty folders stay: a recorder may be about to write into one."""
        *folders, name = names(key)
        with self._refusing(key):
            try:
                with self._folder(folders) as home:
                    os.unlink(name, dir_fd=home)
                    os.fsync(home)
            except FileNotFoundError:
                return

    def keys(self, prefix: str, after: str) -> Iterator[str]:
        """Keys by code point. A folder stands where its name with a slash would."""
        yield from self._keys([], "", prefix, after)

    def _keys(self, folders: list[str], above: str, prefix: str, after: str) -> Iterator[str]:
        try:
            with self._folder(folders) as fd, os.scandir(fd) as entries:
                found = sorted(
                    one.name + "/" * one.is_dir(follow_symlinks=False)
                    for one in entries
                    if not one.name.startswith(".")
                    and (one.is_file(follow_symlinks=False) or one.is_dir(follow_symlinks=False))
                )
        except FileNotFoundError:  # taken away while we walk
            return
        for name in found:
            key = above + name
            if not name.endswith("/"):
                if key.startswith(prefix) and key > after:
                    yield key
            elif key.startswith(prefix[: len(key)]) and (key > after or after.startswith(key)):
                yield from self._keys([*folders, name[:-1]], key, prefix, after)

    def room(self) -> tuple[int, int]:
        """Bytes that we may still write, and bytes of the whole file system."""
        found = os.fstatvfs(self._fd)
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

    @contextlib.contextmanager
    def _folder(self, folders: list[str], *, make: bool = False) -> Iterator[int]:
        """The folder, walked from the root; a symbolic link on the way is an OSError."""
        fd = os.dup(self._fd)
        try:
            for name in folders:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, 0o750, dir_fd=fd)
                    os.fsync(fd)  # also when another thread made it: it may not be durable yet
                inner = os.open(name, _FOLDER, dir_fd=fd)
                os.close(fd)
                fd = inner
            yield fd
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def _refusing(self, key: str) -> Iterator[None]:
        """A link, or a file where the key has a folder, is no way for a key."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO):
                raise KeyRefused(
                    Text("A link or another kind of file is in the way of {key}.", key=key)
                ) from error
            raise


def copied(path: Path, moved: Callable[[int], None]) -> Callable[[int], None]:
    """For `put`: fill with the bytes of a file, telling how many went through."""

    def fill(fd: int) -> None:
        with path.open("rb") as source:
            while piece := source.read(PIECE):
                _write(fd, piece)
                moved(len(piece))

    return fill


def written(content: bytes) -> Callable[[int], None]:
    """For `put`: fill with these bytes."""
    return lambda fd: _write(fd, content)


def _write(fd: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]
