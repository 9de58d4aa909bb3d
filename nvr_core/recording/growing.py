"""The open end of a segment: fragments become parts as soon as the next key frame is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from nvr_core.recording.segments import Segment
from nvr_core.wire.facts import FragmentWritten
from nvr_core.wire.parts import Part


class Entry(Protocol):
    """A fragment as nvr_core.media.reading finds it in a file."""

    @property
    def offset(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def duration(self) -> int: ...
    @property
    def key(self) -> bool: ...


class Growing:
    """Takes fragments in file order; `behind` says that some are missing and the file knows."""

    __slots__ = ("_next", "behind", "group", "segment")

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.group: list[FragmentWritten] = []
        """Fragments from the newest key frame on: where a live viewer begins."""
        self.behind = False
        self._next: int | None = None

    @property
    def unheard(self) -> bool:
        """True while no fragment is known at all."""
        return self._next is None

    def add(self, fact: FragmentWritten) -> bool:
        """Take news of a fragment. False: it was known, or one before it is not."""
        if self._next is None:
            self.behind = fact.start != self.segment.base
        elif fact.offset != self._next:
            self.behind = self.behind or fact.offset > self._next
        if self.behind or (self._next is not None and fact.offset < self._next):
            return False
        self._take(fact)
        return True

    def read_back(self, entries: Iterable[Entry]) -> None:
        """Start over from what stands in the file: (offset, size, ticks) of whole fragments."""
        segment = self.segment
        segment.parts, self.group = type(segment.parts)(), []
        self._next, self.behind = None, False
        for entry in entries:
            self._take(
                FragmentWritten(
                    segment=segment.segment,
                    camera=segment.camera,
                    stream=segment.stream,
                    offset=entry.offset,
                    size=entry.size,
                    start=entry.start,
                    duration=entry.duration,
                    key=entry.key,
                    wall=segment.wall(entry.start),
                )
            )

    def finish(self) -> None:
        """No more will come: what stands after the newest key frame is a part too."""
        group, self.group = self.group, []
        if group:
            self.segment.parts.append(
                Part(
                    offset=group[0].offset,
                    size=sum(fragment.size for fragment in group),
                    start=group[0].start,
                    duration=sum(fragment.duration for fragment in group),
                )
            )

    def _take(self, fact: FragmentWritten) -> None:
        if fact.key:
            self.finish()
        self.group.append(fact)
        self._next = fact.offset + fact.size
        segment = self.segment
        segment.size = self._next
        ends = fact.start + fact.duration
        segment.duration = max(segment.duration, segment.wall(ends) - segment.start)
