"""Facts that are told and not yet written down: bounded, and what can be spared goes first."""

from __future__ import annotations

import threading
from collections import deque

from nvr_core.wire.facts import Kept, Notice, SegmentClosed, SegmentGone, SegmentOpened, StreamState

OWED = 100_000
"""Facts that wait for a full disk."""

NEWS, FOUND_AGAIN, NEEDED = range(3)
"""What goes first when too many wait. News for people, which the next state replaces; what a
start finds again by the markers of the files; and what nobody else knows, such as gaps."""

Line = tuple[int, bytes]
"""A fact's number, and how it is written down."""


def worth(fact: Kept) -> int:
    """Which of the three a fact is. The end of a stream is no news: the ledger stands on it."""
    match fact:
        case Notice():
            return NEWS
        case StreamState():
            return NEEDED if fact.state == "ended" else NEWS
        case SegmentOpened() | SegmentClosed() | SegmentGone():
            return FOUND_AGAIN
    return NEEDED


class Owed:
    """The loop owes lines, the journal's worker takes them in the order of their numbers."""

    def __init__(self, limit: int = OWED) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._lines: tuple[deque[Line], ...] = (deque(), deque(), deque())
        """By worth, each in order."""

    def add(self, number: int, line: bytes, worth: int) -> int | None:
        """Owe one more. Returns the number of the fact that had to go for it, if one had to."""
        with self._lock:
            self._lines[worth].append((number, line))
            if sum(map(len, self._lines)) <= self._limit:
                return None
            return next(lines for lines in self._lines if lines).popleft()[0]

    def first(self) -> Line | None:
        """What is to be written next."""
        with self._lock:
            return min((lines[0] for lines in self._lines if lines), default=None)

    def written(self, number: int) -> None:
        """It is owed no more, if it did not have to go meanwhile."""
        with self._lock:
            for lines in self._lines:
                if lines and lines[0][0] == number:
                    lines.popleft()
