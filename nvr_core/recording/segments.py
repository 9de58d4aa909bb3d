"""One segment as the server knows it: whole, or still growing, with the parts browsers fetch."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nvr_core.clock import SECOND
from nvr_core.wire.facts import SegmentClosed, SegmentOpened
from nvr_core.wire.parts import Part


class Parts:
    """Key-to-key groups in file order, 32 bytes each: a terabyte of footage has two million."""

    __slots__ = ("_numbers",)

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self._numbers = array("q")
        for part in parts:
            self.append(part)

    def append(self, part: Part) -> None:
        self._numbers.extend((part.offset, part.size, part.start, part.duration))

    def __len__(self) -> int:
        return len(self._numbers) // 4

    def __getitem__(self, index: int) -> Part:
        at = index * 4 if index >= 0 else len(self._numbers) + index * 4
        offset, size, start, duration = self._numbers[at : at + 4]
        return Part(offset=offset, size=size, start=start, duration=duration)

    def __iter__(self) -> Iterator[Part]:
        return (self[index] for index in range(len(self)))

    def holds(self, offset: int, size: int) -> bool:
        """Whether exactly this part is known: the only bytes a browser may ask for."""
        index = bisect_left(range(len(self)), offset, key=lambda i: self._numbers[i * 4])
        return index < len(self) and self._numbers[index * 4 : index * 4 + 2] == array(
            "q", (offset, size)
        )

    def at(self, tick: int) -> int:
        """The index of the part that plays at this media time; the first when none does yet."""
        index = bisect_right(range(len(self)), tick, key=lambda i: self._numbers[i * 4 + 2])
        return max(0, index - 1)


@dataclass(slots=True)
class Segment:
    """A file of about a minute of one stream. Times of parts are ticks on the run's line."""

    segment: str
    camera: str
    stream: str
    run: str
    order: int
    """Grows with every segment of the index: where two overlap in wall time, the later owns."""
    path: str
    ring: bool
    start: int
    """Wall time of the first frame, µs; provisional until closed."""
    codec: str
    timescale: int
    init_size: int
    base: int
    """Ticks on the run's line at which it starts."""
    width: int
    height: int
    recorder: str = ""
    number: int = 0
    """The journal's fact that must not be forgotten while this footage is wanted; 0: none."""
    closed: bool = False
    no_key: bool = False
    duration: int = 0
    """µs, as far as written."""
    size: int = 0
    """Bytes, as far as written and told."""
    parts: Parts = field(default_factory=Parts)

    @property
    def end(self) -> int:
        """Wall time at which the footage in it ends, µs."""
        return self.start + self.duration

    def wall(self, tick: int) -> int:
        """Wall time in µs of a media time on the run's line."""
        return self.start + (tick - self.base) * SECOND // self.timescale

    def tick(self, wall: int) -> int:
        """Media time on the run's line of a wall time in µs."""
        return self.base + (wall - self.start) * self.timescale // SECOND

    def close(self, fact: SegmentClosed) -> None:
        """Take the last word on the file."""
        self.closed = True
        self.path, self.ring, self.no_key = fact.path, fact.ring, fact.no_key
        self.start, self.duration, self.size = fact.start, fact.duration, fact.size
        self.codec, self.timescale = fact.codec, fact.timescale
        self.init_size, self.base = fact.init_size, fact.base
        self.width, self.height = fact.width, fact.height
        self.parts = Parts(fact.parts)


def opened(fact: SegmentOpened | SegmentClosed, order: int) -> Segment:
    """A segment nobody has told anything else about yet."""
    return Segment(
        segment=fact.segment,
        camera=fact.camera,
        stream=fact.stream,
        run=fact.run,
        order=order,
        path=fact.path,
        ring=fact.ring,
        start=fact.start,
        codec=fact.codec,
        timescale=fact.timescale,
        init_size=fact.init_size,
        base=fact.base,
        width=fact.width,
        height=fact.height,
    )
