"""Writing to a terminal that may stand still: a parent must never wait for its reader."""

from __future__ import annotations

import os
import select
import shutil
import sys
from typing import TextIO

CHUNK = 1024
"""Bytes at a time: what a terminal or a pipe that says it is writable takes without waiting."""


class Terminal:
    """Writes lines as long as somebody takes them, and leaves out what nobody takes.

    A stopped terminal (Ctrl-S), a pager that waits and a closed window all make a plain write
    wait or fail.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self.seen = self._out.isatty()
        """Somebody looks at it; else it is a file, a pipe, a journal."""
        self.colours = self.seen and "NO_COLOR" not in os.environ
        self._status = ""

    def say(self, line: str = "") -> None:
        """Write one line, or nothing. The status stays below it."""
        clear = "\r\x1b[K" if self._status else ""
        self.write(f"{clear}{line}\n{self._status}")

    def status(self, text: str) -> None:
        """Keep one line at the bottom up to date; "" removes it. Only where somebody looks."""
        if not self.seen:
            return
        width = shutil.get_terminal_size().columns - 1
        before, self._status = self._status, self.dim(text[:width]) if text else ""
        if before or text:
            self.write("\r\x1b[K" + self._status)

    def write(self, text: str) -> None:
        """Write a text as it is, or as much of it as is taken."""
        raw = text.encode(errors="replace")
        try:
            descriptor = self._out.fileno()
            self._out.flush()
            for place in range(0, len(raw), CHUNK):
                if not select.select([], [descriptor], [], 0)[1]:
                    return
                os.write(descriptor, raw[place : place + CHUNK])
        except (OSError, ValueError):  # the terminal is gone: the programs are not
            return

    def dim(self, text: str) -> str:
        """Second-rank text."""
        return f"\x1b[2m{text}\x1b[0m" if self.colours else text

    def strong(self, text: str) -> str:
        """The one thing to look at."""
        return f"\x1b[1m{text}\x1b[0m" if self.colours else text
