"""What the recorder of RTSP cameras does now, as its listener hears it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nvr_core.wire import link
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import FragmentWritten, Numbered, SegmentOpened, StreamState

RETRY = 0.3
"""Seconds until a recorder that does not listen yet is asked again."""


class Watch:
    """Listens to a recorder, over its restarts, and keeps count."""

    def __init__(self, runtime: Path) -> None:
        self._path = runtime / "rtsp.sock"
        self._states: dict[str, str] = {}
        self._kept: set[str] = set()
        """Segments that a volume keeps; the others are rings'."""
        self.bytes = 0
        """Recorded since we listen."""
        self.opened = asyncio.Event()
        """Set once a segment is being written."""

    @property
    def recording(self) -> int:
        """How many main streams are being recorded now."""
        return sum(
            1
            for stream, state in self._states.items()
            if stream.endswith("/main") and state == "recording"
        )

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                async with link.connected(self._path) as line:
                    async for message in line:
                        self._hear(message)
            except (SentenceError, OSError):
                pass
            self._states.clear()
            await asyncio.sleep(RETRY)

    def _hear(self, message: object) -> None:
        fact = message.fact if isinstance(message, Numbered) else message
        if isinstance(fact, StreamState):
            self._states[f"{fact.camera}/{fact.stream}"] = fact.state
        elif isinstance(fact, SegmentOpened) and not fact.ring:
            self._kept.add(fact.segment)
            self.opened.set()
        elif isinstance(fact, FragmentWritten) and fact.segment in self._kept:
            self.bytes += fact.size
