"""The gap ledger of one recorder: what should be kept and is not, from when, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from nvr_core.clock import Clock
from nvr_core.wire.facts import Cause, GapClosed, GapOpened

Tell = Callable[[GapOpened | GapClosed], int]


@dataclass(slots=True)
class OpenGap:
    """A hole that still goes on."""

    gap: str
    cause: Cause
    wall: int
    monotonic: int
    number: int
    """Of the fact that opened it, in the journal."""


class Ledger:
    """Gaps of each stream, told as facts. Recorded time and gaps touch, and never overlap."""

    def __init__(
        self, clock: Clock, recorder_start: str, tell: Tell, new_id: Callable[[], str]
    ) -> None:
        self._clock = clock
        self._start = recorder_start
        self._tell = tell
        self._new_id = new_id
        self._open: dict[str, OpenGap] = {}
        self._first: dict[str, tuple[int, int]] = {}
        self._began = (clock.wall(), clock.monotonic())

    @property
    def streams(self) -> set[str]:
        """Streams that have an open gap."""
        return set(self._open)

    @property
    def oldest(self) -> int:
        """Number of the oldest fact that opened a gap which is still open."""
        return min((gap.number for gap in self._open.values()), default=sys.maxsize)

    def cause(self, stream: str) -> Cause | None:
        """Why the stream is not kept now; None while it is."""
        gap = self._open.get(stream)
        return gap.cause if gap is not None else None

    def adopt(self, stream: str, gap: OpenGap) -> None:
        """Go on with a gap that an earlier recorder opened and told."""
        self._open[stream] = gap

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
        self._open[stream] = self._begin(stream, cause, sentence, wall, monotonic)
        self._first.setdefault(stream, (wall, monotonic))

    def recall(self, stream: str, cause: Cause, sentence: str, since: tuple[int, int]) -> None:
        """Nothing was kept from `since` until this recorder began with the stream: an earlier
        recorder was cut off, and only its last file could tell where."""
        wall, monotonic = self._first.get(stream, self._began)
        if since[1] < monotonic:
            gap = self._begin(stream, cause, sentence, *since)
            self._close(stream, gap, max(wall, gap.wall), monotonic)

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

    def ended(self, stream: str) -> None:
        """Nobody wants the stream any more: its lifetime ends, and with it its gap."""
        self.kept(stream, self._clock.wall(), self._clock.monotonic())

    def _begin(
        self, stream: str, cause: Cause, sentence: str, wall: int, monotonic: int
    ) -> OpenGap:
        camera, _, name = stream.partition("/")
        fact = GapOpened(
            camera=camera,
            stream=name,
            gap=self._new_id(),
            cause=cause,
            wall=wall,
            monotonic=monotonic,
            recorder_start=self._start,
            sentence=sentence,
        )
        return OpenGap(fact.gap, cause, wall, monotonic, self._tell(fact))

    def _close(self, stream: str, gap: OpenGap, wall: int, monotonic: int) -> None:
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
