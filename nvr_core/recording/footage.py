"""The index of what is recorded, kept in memory: facts go in, segments, gaps and states come out.

The journal is its only store: the server reads it again at every start. A catalogue in a
database will take its place and its questions.
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
    origin: Origin
    end: int | None = None


@dataclass(slots=True)
class Stream:
    """What is known of one stream of one camera."""

    camera: str
    stream: str
    segments: list[Segment] = field(default_factory=list)
    """Ordered by the wall time of their first frame."""
    gaps: dict[str, Gap] = field(default_factory=dict)
    """By id, in the order in which they were told."""
    state: StreamState | None = None
    since: int = 0
    """Wall time at which the recorder wrote the state down, µs."""
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

    def gaps_between(self, start: int, end: int) -> list[Gap]:
        """Gaps that touch the span; one that is still open reaches into the future.

        A repair may find that a gap was none: it ends where it began, and is left out.
        """
        return [
            gap
            for gap in self.gaps.values()
            if gap.start < end and (gap.end is None or gap.end > max(start, gap.start))
        ]


class Footage:
    """Answers which bytes hold which moment of which stream."""

    def __init__(self) -> None:
        self._segments: dict[str, Segment] = {}
        self._open: dict[str, Growing] = {}
        self._streams: dict[tuple[str, str], Stream] = {}
        self._order = 0

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
                self._gap_closed(fact)
            case StreamState():
                self._state(fact, origin)
            case StreamStatistics():
                self._of(fact.camera, fact.stream).statistics = fact
            case RecorderStarted():
                self._recorder_started(origin.recorder)
            case _:
                pass

    def needed(self, recorder: str) -> int | None:
        """The oldest number of this recorder's journal that the index stands on; None for none."""
        numbers = [one.number for one in self if one.recorder == recorder and one.number]
        numbers += [
            gap.origin.number
            for stream in self.streams()
            for gap in stream.gaps.values()
            if gap.origin.recorder == recorder and gap.origin.number
        ]
        return min(numbers, default=None)

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

    def forget_gaps(self, before: int) -> None:
        """Drop gaps that ended before this wall time, µs."""
        for stream in self._streams.values():
            stream.gaps = {
                key: gap for key, gap in stream.gaps.items() if gap.end is None or gap.end >= before
            }

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
        """A gap that goes on may be told again: the index stands on the newest fact of it."""
        fresh = Gap(fact.gap, fact.wall, fact.cause, fact.sentence, origin)
        gap = self._of(fact.camera, fact.stream).gaps.setdefault(fact.gap, fresh)
        if origin.number > gap.origin.number:
            gap.origin = origin
        if gap.end is None:
            gap.cause, gap.sentence = fact.cause, fact.sentence

    def _gap_closed(self, fact: GapClosed) -> None:
        gap = self._of(fact.camera, fact.stream).gaps.get(fact.gap)
        if gap is not None:
            gap.end, gap.cause = fact.wall, fact.cause

    def _state(self, fact: StreamState, origin: Origin) -> None:
        stream = self._of(fact.camera, fact.stream)
        before = stream.state
        if before is None or (before.state, before.cause) != (fact.state, fact.cause):
            stream.since = origin.at
        stream.state = fact
        if fact.state == "ended":
            # Nobody wants the stream any more: nothing grows, and nothing is missing.
            self._end(stream)
            for gap in stream.gaps.values():
                gap.end = origin.at if gap.end is None else gap.end

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
