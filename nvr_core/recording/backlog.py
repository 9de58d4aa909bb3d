"""What waits for one viewer of one stream: bounded, and never far behind what is now."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from nvr_core.clock import SECOND
from nvr_core.wire.facts import FragmentWritten

WAITING_BYTES = 4 << 20
"""Most bytes that may wait for a viewer; they wait in the file, not in memory."""
BEHIND = 2 * SECOND
"""A viewer this far behind goes on at the newest key frame."""


class Backlog:
    """Fragments to send, in order; a slow viewer loses the middle, never the newest key frame."""

    def __init__(self, limit: int = WAITING_BYTES, behind: int = BEHIND) -> None:
        self._limit, self._behind = limit, behind
        self._waiting: deque[FragmentWritten] = deque()
        self._bytes = 0
        self._need_key = True
        self.skipped = 0
        """Fragments that were left out because the viewer was too slow."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def start(self, group: Iterable[FragmentWritten]) -> None:
        """Begin with the fragments since the newest key frame."""
        for fragment in group:
            self.put(fragment)

    def put(self, fragment: FragmentWritten) -> None:
        """Take a fragment that was just written."""
        if self._need_key and not fragment.key:
            return
        self._need_key = False
        late = self._waiting and fragment.wall - self._waiting[0].wall > self._behind
        if fragment.key and late:
            self._drop()
        self._waiting.append(fragment)
        self._bytes += fragment.size
        if self._bytes > self._limit:
            self._skip()

    def take(self) -> FragmentWritten | None:
        """The next fragment to send, None when there is none."""
        if not self._waiting:
            return None
        fragment = self._waiting.popleft()
        self._bytes -= fragment.size
        return fragment

    def restart(self) -> None:
        """Go on at the next key frame: bytes that should have come are gone."""
        self._drop()
        self._need_key = True

    def _skip(self) -> None:
        newest = [fragment for fragment in self._waiting if fragment.key][-1:]
        while newest and self._waiting[0] is not newest[0]:
            self._bytes -= self._waiting.popleft().size
            self.skipped += 1
        if not newest or self._bytes > self._limit:
            self.restart()

    def _drop(self) -> None:
        self.skipped += len(self._waiting)
        self._waiting.clear()
        self._bytes = 0
