"""Live view: who watches which stream, and the newest key frame each of them begins with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nvr_core.recording.backlog import Backlog
from nvr_core.recording.footage import Footage
from nvr_core.wire.facts import FragmentWritten

Key = tuple[str, str]
"""Camera id and stream name."""


class Watch:
    """One viewer's place at one stream."""

    def __init__(self, camera: str, stream: str, arrived: asyncio.Event) -> None:
        self.camera = camera
        self.stream = stream
        self.backlog = Backlog()
        self._arrived = arrived

    def put(self, fragment: FragmentWritten) -> None:
        self.backlog.put(fragment)
        self._arrived.set()


class Live:
    """Hands every fragment to all who watch its stream; never waits for any of them."""

    def __init__(self, footage: Footage, changed: Callable[[], None]) -> None:
        """changed: called when the first viewer of a stream comes or the last one goes."""
        self._footage = footage
        self._changed = changed
        self._watches: dict[Key, set[Watch]] = {}

    @property
    def watched(self) -> frozenset[Key]:
        """Streams that somebody looks at now."""
        return frozenset(self._watches)

    @contextmanager
    def watch(self, camera: str, stream: str, arrived: asyncio.Event) -> Iterator[Watch]:
        """A place at the stream, begun at its newest key frame; `arrived` is set at news."""
        key = (camera, stream)
        watch = Watch(camera, stream, arrived)
        growing = self._footage.stream(camera, stream).growing
        if growing is not None and not growing.behind:
            watch.backlog.start(growing.group)
            arrived.set()
        first = key not in self._watches
        self._watches.setdefault(key, set()).add(watch)
        if first:
            self._changed()
        try:
            yield watch
        finally:
            self._watches[key].discard(watch)
            if not self._watches[key]:
                del self._watches[key]
                self._changed()

    def written(self, fragment: FragmentWritten) -> None:
        """Tell all viewers of the stream."""
        for watch in self._watches.get((fragment.camera, fragment.stream), ()):
            watch.put(fragment)
