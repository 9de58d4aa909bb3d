"""The gap ledger of one recorder: what should be kept and is not, from when, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from nvr_core.clock import Clock
from nvr_core.recorder.absence import Absence
from nvr_core.recorder.clockwatch import STEP
from nvr_core.recorder.hindsight import Gap, Line, Shorter, corrections
from nvr_core.wire.facts import Cause, GapClosed, GapOpened
from nvr_core.wire.wants import Window

Tell = Callable[[GapOpened | GapClosed], int]

Why = Callable[[int], tuple[Cause, str]]
"""Cause and sentence of a hole that begins at this wall time (µs)."""

PAUSES = (Cause.BY_SCHEDULE, Cause.BY_PERSON)
"""Nothing is missing then, because nothing was wanted."""


class Ledger:
    """Gaps of each stream, told as facts. Recorded time and gaps touch, and never overlap.

    A gap may be told as closed a second time, by the successor of a recorder that was cut off:
    the last word counts.
    """

    def __init__(
        self,
        clock: Clock,
        recorder_start: str,
        tell: Tell,
        new_id: Callable[[], str],
        lines: Mapping[str, Line] | None = None,
    ) -> None:
        """lines: what earlier recorders told of each stream that is still wanted."""
        self._clock = clock
        self._start = recorder_start
        self._tell = tell
        self._new_id = new_id
        self._open: dict[str, Gap] = {}
        self._lines: dict[str, Line] = dict(lines or {})
        self.absence: Absence | None = None
        """When no recorder ran before this one; `history.resume` says it."""
        self._over: dict[str, tuple[int, Line]] = {}
        """What was told of streams until nobody wanted them any more, or another recorder took
        them over, and when (wall time) that was: some of their footage is told later."""
        for stream, line in self._lines.items():
            self._remember(stream, line)

    @property
    def streams(self) -> set[str]:
        """Streams that have an open gap."""
        return set(self._open)

    @property
    def oldest(self) -> int:
        """Number of the oldest fact that opened a gap which is still open."""
        return min((gap.number for gap in self._open.values()), default=sys.maxsize)

    def again(self, before: int) -> Callable[[], None]:
        """Tell gaps that go on once more if they were opened by a fact below this number.

        Returns what to call when that is durable: the journal needs the older facts no more.
        """
        told = [
            (gap, self._tell(self._opening(stream, gap)))
            for stream, gap in self._open.items()
            if gap.number < before
        ]

        def durable() -> None:
            for gap, number in told:
                gap.number = number

        return durable

    def cause(self, stream: str) -> Cause | None:
        """Why the stream is not kept now; None while it is."""
        gap = self._open.get(stream)
        return gap.cause if gap is not None else None

    def knows(self, stream: str) -> bool:
        """Something was told of the stream, by this start or before, and it is still wanted."""
        return stream in self._lines

    def missing(
        self,
        stream: str,
        cause: Cause,
        sentence: str = "",
        *,
        since: tuple[int, int] | None = None,
    ) -> None:
        """The stream is not kept, for this cause. A changed cause ends one gap and begins another.

        since: (wall, monotonic) of the end of what was kept; now, when left out.
        """
        gap = self._open.get(stream)
        if gap is not None and gap.cause == cause:
            return
        wall, monotonic = since or (self._clock.wall(), self._clock.monotonic())
        if gap is not None:
            wall, monotonic = max(wall, gap.wall), max(monotonic, gap.monotonic)
            self._close(stream, gap, wall, monotonic)
        line = self._lines.setdefault(stream, Line())
        self._open[stream] = self._begin(stream, line, cause, sentence, wall, monotonic)

    def planned(self, stream: str, windows: Sequence[Window]) -> None:
        """What the schedule wished while no recorder ran: then a pause ended, or began, by itself.

        windows: of the want that was in force. Call it once, when the stream begins.
        """
        gap, away = self._open.get(stream), self.absence
        if gap is None or away is None or gap.cause not in (away.cause, Cause.BY_SCHEDULE):
            return
        edges = away.edges(windows)
        for place, (wall, wanted) in enumerate(edges):
            at = wall, self._monotonic(wall)
            if wall >= gap.wall and wanted:
                self.missing(stream, away.cause, away.sentence, since=at)
            elif wall >= gap.wall:
                self.missing(stream, Cause.BY_SCHEDULE, since=at)
            elif not wanted:
                # The end of the footage before is found later: what lies between is told then.
                pause = self._begin(stream, self._lines[stream], Cause.BY_SCHEDULE, "", *at)
                if place + 1 < len(edges):
                    end = min(edges[place + 1][0], gap.wall)
                    self._close(stream, pause, end, self._monotonic(end))
                else:  # it goes on
                    self._close(stream, gap, gap.wall, gap.monotonic)
                    self._open[stream] = pause

    def blame(self, stream: str, cause: Cause) -> None:
        """What was seen later explains the open gap better: it will be closed with this cause."""
        gap = self._open.get(stream)
        if gap is not None:
            gap.cause = cause

    def kept(self, stream: str, wall: int, monotonic: int) -> None:
        """The stream is kept from this moment on."""
        gap = self._open.pop(stream, None)
        if gap is not None:
            self._close(stream, gap, max(wall, gap.wall), max(monotonic, gap.monotonic))

    def footage(self, stream: str, start: int, end: int) -> None:
        """A closed segment of the stream lies between these wall times.

        The gap before it ended when its first frame came. Later frames may have shown that the
        first one was late: then the gap was shorter, and is told as closed once more. One that lies
        inside the segment was none: it was told before anybody knew that this one had begun.
        """
        over = self._over.get(stream)
        if over is not None and start < over[0]:
            over[1].kept(start, end)
            self._correct(stream, over[1], None, start)
            return
        line = self._lines.get(stream)
        if line is None:
            return
        line.kept(start, end)
        for gap in line.gaps:
            if gap.end is None:
                continue
            # What is copied from a ring comes in several segments, of which the last ends where the
            # footage on the volume begins, to within a frame.
            ended = max(line.reaching(gap, gap.end), gap.wall)
            if ended < gap.end:
                self._close(stream, gap, ended, gap.at(ended))

    def ended(self, stream: str) -> None:
        """Nobody wants the stream any more: its lifetime ends, and with it its gap."""
        wall = self._clock.wall()
        self.kept(stream, wall, self._clock.monotonic())
        line = self._lines.pop(stream, None)
        if line is not None:
            self._over[stream] = wall, line

    def stepped(self) -> None:
        """Wall time means something else now: footage that lies where a gap was told before lies
        there by another clock, and corrects nothing."""
        self._over.clear()
        for line in self._lines.values():
            line.footage.clear()
            line.gaps = [gap for gap in line.gaps if gap.end is None or self._of_now(gap)]

    def settle(self, stream: str, why: Why, since: int) -> None:
        """All footage from `since` (wall time, µs) on is known now: correct what was told.

        why: cause and sentence where nothing was kept and nothing was told either.
        """
        line = self._lines.get(stream)
        if line is not None:
            self._correct(stream, line, why, since)

    def _correct(self, stream: str, line: Line, why: Why | None, since: int) -> None:
        """why: None when more may come that lies where nothing is told yet."""
        for correction in corrections(line, since):
            if isinstance(correction, Shorter):
                gap = correction.gap
                if self._open.get(stream) is gap:
                    del self._open[stream]
                self._close(stream, gap, correction.end, gap.at(correction.end))
                continue
            wall = correction.start
            near = line.near(wall)
            monotonic = near.at(wall) if near is not None else self._monotonic(wall)
            cause, sentence = correction.cause, correction.sentence
            if cause is None:
                if why is None:
                    continue
                cause, sentence = why(wall)
            gap = self._begin(stream, line, cause, sentence, wall, monotonic)
            if correction.end is None:
                self._open[stream] = gap
            else:
                self._close(stream, gap, correction.end, gap.at(correction.end))

    def _remember(self, stream: str, line: Line) -> None:
        """Go on with what earlier starts told of a stream."""
        for gap in line.gaps:
            # Its monotonic time was counted by another start, perhaps by another boot.
            gap.monotonic = self._monotonic(gap.wall)
            if gap is line.open:
                self._open[stream] = gap

    def _of_now(self, gap: Gap) -> bool:
        """Its end was told by the clock as it goes now."""
        return gap.end is not None and abs(gap.at(gap.end) - self._monotonic(gap.end)) <= STEP

    def _monotonic(self, wall: int) -> int:
        return self._clock.monotonic() - (self._clock.wall() - wall)

    def _begin(
        self, stream: str, line: Line, cause: Cause, sentence: str, wall: int, monotonic: int
    ) -> Gap:
        gap = Gap(self._new_id(), cause, wall, monotonic, 0, sentence=sentence)
        gap.number = self._tell(self._opening(stream, gap))
        line.opened(gap)
        return gap

    def _opening(self, stream: str, gap: Gap) -> GapOpened:
        camera, _, name = stream.partition("/")
        return GapOpened(
            camera=camera,
            stream=name,
            gap=gap.gap,
            cause=gap.cause,
            wall=gap.wall,
            monotonic=gap.monotonic,
            recorder_start=self._start,
            sentence=gap.sentence,
        )

    def _close(self, stream: str, gap: Gap, wall: int, monotonic: int) -> None:
        gap.end, gap.ended = wall, monotonic
        camera, _, name = stream.partition("/")
        self._tell(
            GapClosed(
                camera=camera,
                stream=name,
                gap=gap.gap,
                wall=wall,
                monotonic=monotonic,
                recorder_start=self._start,
                cause=gap.cause,
            )
        )
