"""One program of a kind at a time: a file that its holder keeps locked, with its pid inside.

The lock is the kernel's (flock, flock(2)): it ends with its holder, however that ends, and a
file left behind means nothing. The pid is for people, and for a parent that adopts programs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from nvr_core.wire.errors import SentenceError

PID_WAIT = 0.5
"""Seconds in which a holder that has just locked the file must have written its pid."""


class Held(SentenceError):
    """Another process holds the lock; `pid` is its number, 0 when it did not say."""

    def __init__(self, path: Path, pid: int) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{who} is already at it and holds {path}; end it first")
        self.path = path
        self.pid = pid


def _read_pid(descriptor: int) -> int:
    """The pid inside the file; waits a moment for a holder that is just writing it."""
    deadline = time.monotonic() + PID_WAIT
    while True:
        text = os.pread(descriptor, 32, 0).strip()
        if text.isdigit():
            return int(text)
        if time.monotonic() > deadline:
            return 0
        time.sleep(0.01)


def _try(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Lock:
    """A lock that this process holds, alone or together with a process it was shared with.

    flock belongs to the open file, not to the process: whoever is handed the descriptor holds the
    lock too, and it is free when the last of them has closed it.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        """To be handed to another process (SCM_RIGHTS, unix(7))."""
        self._signed = False

    def sign(self) -> None:
        """Write our pid inside: we are the one that answers for the lock."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)
        self._signed = True

    def leave(self) -> None:
        """Another process that holds it with us has signed: its pid is to stay."""
        self._signed = False

    def close(self) -> None:
        """Let go of it. Emptied, not removed: whoever opened the file meanwhile would lock a
        nameless one."""
        try:
            if self._signed:
                os.ftruncate(self.descriptor, 0)
        finally:
            os.close(self.descriptor)


@contextlib.contextmanager
def single(path: Path) -> Iterator[Lock]:
    """Hold the lock while the block runs. Raises Held at once when another process has it."""
    # Not inheritable (Python's default, PEP 446): a child must never keep its parent's lock.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    lock = Lock(descriptor)
    try:
        if not _try(descriptor, fcntl.LOCK_EX):
            raise Held(path, _read_pid(descriptor))
        lock.sign()
        yield lock
    finally:
        lock.close()


def holder(path: Path) -> int | None:
    """The pid of the process that holds the lock, 0 when it does not say, None when nobody does.

    Looking takes the lock for a moment when it is free: only whoever starts the programs, and
    people, should look.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if _try(descriptor, fcntl.LOCK_SH):
            return None
        return _read_pid(descriptor)
    finally:
        os.close(descriptor)
