"""What is now, kept in memory: facts go in, growing segments, rings, open gaps and states come out.

What was recorded stands in the catalogue. A closed segment is here only until it does too.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from nvr_core.recording.growing import Growing
from nvr_core.recording.segments import Segment, opened
from nvr_core.wire.facts import (
    Cause,
    Fact,
    FragmentWritten,
    GapClosed,
    GapOpened,
    RecorderStarted,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamState,
    StreamStatistics,
)

LATER = 1 << 60
"""Orders begin here: what is not in the catalogue yet was told after all that is."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who told a fact, and where it stands in the journal."""

    recorder: str
    number: int = 0
    """0 for news, which stands in no journal."""
    at: int = 0
    """Wall time at which the recorder wrote it down, µs."""


@dataclass(slots=True)
class Gap:
    """A hole with its cause, or a wished pause; wall times in µs."""

    gap: str
    start: int
    cause: Cause
    sentence: str
    end: int | None = None
    origin: Origin = Origin("")
    """Of the last word on it."""


@dataclass(slots=True)
class Stream:
    """What is known of one stream of one camera."""

    camera: str
    stream: str
    segments: list[Segment] = field(default_factory=list)
    """Ordered by the wall time of their first frame."""
    gaps: dict[str, Gap] = field(default_factory=dict)
    """Those that go on, by id, in the order in which they were told."""
    ended: dict[str, Gap] = field(default_factory=dict)
    """Those of which the catalogue does not know yet that, or where, they ended."""
    state: StreamState | None = None
    since: int = 0
    """Wall time at which the recorder wrote the state down, µs."""
    recorded_since: int = 0
    """Wall time (µs) since which it was kept without a hole as this server began; 0: not."""
    statistics: StreamStatistics | None = None
    growing: Growing | None = None
    """The newest segment while nothing said that it ended."""
    longest: int = 0
    """Duration of the longest closed segment, µs: how far back one may reach into a moment."""

    def from_moment(self, wall: int) -> int:
        """Index of the first segment that may hold this moment or a later one."""
        # What is not closed yet stands at the end, and may have grown longer than any before.
        longest = max([self.longest, *(segment.duration for segment in self.segments[-2:])])
        return bisect_left(self.segments, wall - longest, key=_start)

    def index(self, segment: Segment) -> int:
        """Where a segment of this stream stands in the list."""
        at = bisect_left(self.segments, segment.start, key=_start)
        return self.segments.index(segment, at)


class Footage:
    """Answers which bytes hold which moment of which stream."""

    def __init__(self) -> None:
        self._segments: dict[str, Segment] = {}
        self._open: dict[str, Growing] = {}
        self._streams: dict[tuple[str, str], Stream] = {}
        self._order = LATER
        self._stored: dict[str, int] = {}
        """By recorder: the last number of its journal that the catalogue holds."""

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments.values())

    def segment(self, segment: str) -> Segment | None:
        return self._segments.get(segment)

    def stream(self, camera: str, stream: str) -> Stream:
        """The stream's record; an empty one when no fact has named it."""
        return self._streams.get((camera, stream)) or Stream(camera, stream)

    def streams(self) -> Iterator[Stream]:
        return iter(self._streams.values())

    def open_segments(self) -> list[Growing]:
        """Segments that no fact has closed: growing, waiting for their hash, or for repair."""
        return list(self._open.values())

    def apply(self, fact: Fact, origin: Origin) -> None:
        """Take one fact. A fact may be told twice."""
        match fact:
            case FragmentWritten():
                if (growing := self._open.get(fact.segment)) is not None:
                    growing.add(fact)
            case SegmentOpened():
                self._segment_opened(fact, origin)
            case SegmentClosed():
                self._segment_closed(fact, origin)
            case SegmentGone():
                self.forget(fact.segment)
            case GapOpened():
                self._gap_opened(fact, origin)
            case GapClosed():
                self._gap_closed(fact, origin)
            case StreamState():
                self._state(fact, origin)
            case StreamStatistics():
                self._of(fact.camera, fact.stream).statistics = fact
            case RecorderStarted() if not fact.renews:
                self._recorder_started(origin.recorder)
            case _:
                pass

    def stored(self, recorder: str, number: int) -> None:
        """The catalogue holds this recorder's facts up to this number: it answers for them.

        The newest closed segment of each stream stays: a viewer may still be in it.
        """
        self._stored[recorder] = number
        for stream in self._streams.values():
            stream.ended = {
                key: gap
                for key, gap in stream.ended.items()
                if gap.origin.recorder != recorder or gap.origin.number > number
            }
            done = [one for one in stream.segments if one.closed and not one.ring]
            for segment in done[:-1]:
                if segment.recorder == recorder and segment.number <= number:
                    self.forget(segment.segment)

    def recorded_since(self, camera: str, stream: str, wall: int) -> None:
        """What was kept when this server began has been since then: no recorder tells it again."""
        self._of(camera, stream).recorded_since = wall

    def goes_on(self, camera: str, stream: str, gap: Gap) -> None:
        """A gap that was told before this server began."""
        self._of(camera, stream).gaps[gap.gap] = gap

    def forget_rings(self, recorder: str) -> None:
        """Drop what this recorder held in memory: it tells anew what is still there."""
        for segment in [one for one in self if one.ring and one.recorder == recorder]:
            self.forget(segment.segment)

    def forget(self, segment: str) -> None:
        """Drop a segment whose file is gone."""
        gone = self._segments.pop(segment, None)
        if gone is None:
            return
        self._open.pop(segment, None)
        stream = self._of(gone.camera, gone.stream)
        del stream.segments[stream.index(gone)]
        if stream.growing is not None and stream.growing.segment is gone:
            stream.growing = None

    def _of(self, camera: str, stream: str) -> Stream:
        found = self._streams.get((camera, stream))
        if found is None:
            found = self._streams[(camera, stream)] = Stream(camera, stream)
        return found

    def _segment_opened(self, fact: SegmentOpened, origin: Origin) -> None:
        if fact.segment in self._segments:
            return
        stream = self._of(fact.camera, fact.stream)
        if stream.growing is not None:
            stream.growing.finish()
        segment = self._insert(fact, origin)
        stream.growing = self._open[fact.segment] = Growing(segment)

    def _segment_closed(self, fact: SegmentClosed, origin: Origin) -> None:
        stream = self._of(fact.camera, fact.stream)
        segment = self._segments.get(fact.segment)
        if segment is None:
            segment = self._insert(fact, origin)
        else:
            del stream.segments[stream.index(segment)]
            segment.start = fact.start
            insort(stream.segments, segment, key=_start)
        segment.close(fact)
        segment.recorder, segment.number = origin.recorder, origin.number
        stream.longest = max(stream.longest, fact.duration)
        growing = self._open.pop(fact.segment, None)
        if growing is not None and stream.growing is growing:
            stream.growing = None

    def _insert(self, fact: SegmentOpened | SegmentClosed, origin: Origin) -> Segment:
        self._order += 1
        segment = self._segments[fact.segment] = opened(fact, self._order)
        segment.recorder, segment.number = origin.recorder, origin.number
        insort(self._of(fact.camera, fact.stream).segments, segment, key=_start)
        return segment

    def _gap_opened(self, fact: GapOpened, origin: Origin) -> None:
        """A gap that goes on may be told again."""
        gap = Gap(fact.gap, fact.wall, fact.cause, fact.sentence, None, origin)
        self._of(fact.camera, fact.stream).gaps[fact.gap] = gap

    def _gap_closed(self, fact: GapClosed, origin: Origin) -> None:
        """It may be told again too: the last word counts."""
        stream = self._of(fact.camera, fact.stream)
        before = stream.gaps.pop(fact.gap, None) or stream.ended.get(fact.gap)
        start, sentence = (before.start, before.sentence) if before else (fact.wall, "")
        if origin.number > self._stored.get(origin.recorder, 0):
            gap = Gap(fact.gap, start, fact.cause, sentence, fact.wall, origin)
            stream.ended[fact.gap] = gap

    def _state(self, fact: StreamState, origin: Origin) -> None:
        stream = self._of(fact.camera, fact.stream)
        before = stream.state
        if before is None or (before.state, before.cause) != (fact.state, fact.cause):
            first = before is None and not origin.number
            stream.since = (stream.recorded_since if first else 0) or origin.at
        stream.state = fact
        if fact.state == "ended":
            # Nobody wants the stream any more: nothing grows, and nothing is missing.
            self._end(stream)
            stream.gaps.clear()

    def _recorder_started(self, recorder: str) -> None:
        """What the recorder's last life left open does not grow any more."""
        for stream in self.streams():
            if stream.growing is not None and stream.growing.segment.recorder == recorder:
                self._end(stream)

    @staticmethod
    def _end(stream: Stream) -> None:
        if stream.growing is not None:
            stream.growing.finish()
            stream.growing = None


def _start(segment: Segment) -> int:
    return segment.start
