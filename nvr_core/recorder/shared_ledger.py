"""The ledger of a recorder that is renewed: each stream has one who answers for it at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from nvr_core.recorder.hindsight import NEAR, Gap, Line
from nvr_core.recorder.ledger import PAUSES, Ledger
from nvr_core.recorder.meanwhile import Meanwhile, Moment
from nvr_core.wire.facts import Cause
from nvr_core.wire.succession import Left


class SharedLedger(Ledger):
    """Hands streams over to a successor, and takes them over from a predecessor."""

    _elsewhere: dict[str, Meanwhile] | None = None
    """Streams for which a predecessor still answers."""

    def wait_for(self, streams: Iterable[str]) -> None:
        """A predecessor answers for these until `take_over` or `inherit`: tell nothing of them."""
        self._elsewhere = {stream: Meanwhile() for stream in streams}

    def waits_for(self, stream: str) -> bool:
        """A predecessor answers for it."""
        return self._here(stream) is not None

    def cause(self, stream: str) -> Cause | None:
        here = self._here(stream)
        return super().cause(stream) if here is None else here.cause

    def missing(
        self, stream: str, cause: Cause, sentence: str = "", *, since: Moment | None = None
    ) -> None:
        if (here := self._here(stream)) is None:
            super().missing(stream, cause, sentence, since=since)
        else:
            here.missing(cause, sentence)

    def kept(self, stream: str, wall: int, monotonic: int) -> None:
        if (here := self._here(stream)) is None:
            super().kept(stream, wall, monotonic)
        else:
            here.keeps(wall, monotonic)

    def ended(self, stream: str) -> None:
        if self._here(stream) is None:
            super().ended(stream)

    def hand_over(self, stream: str, until: Moment | None) -> Left:
        """A successor answers for the stream from now on. until: the end of what was kept."""
        gap, line = self._open.pop(stream, None), self._lines.pop(stream, None)
        if line is None:
            return Left(stream=stream)
        self._over[stream] = self._clock.wall(), line
        if gap is None:
            wall, monotonic = until or (0, 0)
            return Left(stream=stream, wall=wall, monotonic=monotonic)
        return Left(
            stream=stream,
            gap=gap.gap,
            cause=gap.cause,
            sentence=gap.sentence,
            wall=gap.wall,
            monotonic=gap.monotonic,
        )

    def take_back(self, left: Left, why: str) -> None:
        """The successor is no more: answer for the stream again. why: a sentence."""
        _, line = self._over.pop(left.stream, (0, None))
        if line is None:
            return
        self._lines[left.stream] = line
        if left.gap and line.open is not None:
            self._open[left.stream] = line.open
        elif left.wall:
            since = left.wall, left.monotonic
            self.missing(left.stream, Cause.RECORDER_STOPPED, why, since=since)

    def take_over(self, left: Left, why: str) -> None:
        """The predecessor has let go of the stream. why: a sentence, if we do not keep it yet."""
        stream = left.stream
        here = (self._elsewhere or {}).pop(stream, None) or Meanwhile()
        if not left.wall and here.cause is None and here.kept is None:
            return  # it is only ever in memory
        line = self._lines.setdefault(stream, Line())
        if left.gap and left.cause is not None:
            gap = Gap(left.gap, left.cause, left.wall, left.monotonic, 0, sentence=left.sentence)
            line.opened(gap)
            self._open[stream] = gap
        elif left.wall and (here.kept is None or here.kept[0] - left.wall > NEAR):
            since = left.wall, left.monotonic
            if here.cause in PAUSES:
                self.missing(stream, here.cause, here.sentence, since=since)
            else:
                self.missing(stream, Cause.RECORDER_STOPPED, why, since=since)
        if here.kept is not None:
            self.kept(stream, *here.kept)

    def inherit(
        self, lines: Mapping[str, Line], wanted: Collection[str]
    ) -> tuple[dict[str, Line], dict[str, Moment]]:
        """The predecessor died: all streams are ours. lines: what it had told.

        Returns the lines of those that it had not handed over, and since when we keep those of
        them that we kept beside it.
        """
        elsewhere, self._elsewhere = self._elsewhere or {}, None
        mine = {
            stream: line
            for stream, line in lines.items()
            if stream in elsewhere or stream not in wanted
        }
        for stream, line in mine.items():
            self._lines[stream] = line
            self._remember(stream, line)
        return mine, {
            stream: here.kept for stream, here in elsewhere.items() if here.kept is not None
        }

    def _here(self, stream: str) -> Meanwhile | None:
        return self._elsewhere.get(stream) if self._elsewhere else None
