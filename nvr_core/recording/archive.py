"""What was recorded, for whoever shows it: the catalogue's answers, and what it does not hold yet.

The newest second of facts waits for its commit; what grows or lies in a ring is never stored. Both
are in memory. Each answer is put together for one question and belongs to whoever asked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from nvr_core.recording import footage as footage_now
from nvr_core.recording import playing
from nvr_core.recording.footage import LATER, Footage, Stream
from nvr_core.recording.playing import Item
from nvr_core.recording.reads import Busy
from nvr_core.recording.segments import Parts, Segment
from nvr_core.state import clocks, excerpts, footage, history, spans
from nvr_core.state import errors as state_errors
from nvr_core.state.catalogue import State
from nvr_core.state.clocks import Doubt
from nvr_core.state.excerpts import Excerpt
from nvr_core.state.history import Gap
from nvr_core.state.spans import Kept, Span

__all__ = ["Archive", "Kept"]

REACH = playing.REACH + 1
REMEMBERED = 256
"""Segments that browsers fetch parts of just now: each is asked for dozens of times."""

T = TypeVar("T")


class Archive:
    """Answers which bytes hold which moment, of all that was recorded and is still here."""

    def __init__(self, state: State, present: Footage) -> None:
        self._state = state
        self._present = present
        self._remembered: OrderedDict[str, Segment] = OrderedDict()

    async def segment(self, segment: str) -> Segment | None:
        """A segment by its id, growing or closed. Raises Busy."""
        if (own := self._present.segment(segment)) is not None:
            return own
        if (found := self._remembered.get(segment)) is None:
            excerpt = await self._ask(partial(excerpts.of_segment, segment=segment))
            if not excerpt.segments:
                return None
            found = self._remembered[segment] = _segments(excerpt)[0]
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def forget(self, segment: str) -> None:
        """Its file is gone: ask the catalogue the next time."""
        self._remembered.pop(segment, None)
        self._present.forget(segment)

    async def from_moment(
        self, camera: str, stream: str, wall: int, most: int = playing.MOST_PARTS
    ) -> list[Item]:
        """Parts to play from this wall time (µs) on, across holes. Raises Busy."""
        return playing.from_moment(await self.around(camera, stream, wall), wall, most)

    async def after(self, segment: Segment, offset: int) -> list[Item]:
        """Parts that follow the part at this offset of this segment. Raises Busy."""
        stream = await self.around(segment.camera, segment.stream, segment.start)
        same = next((one for one in stream.segments if one.segment == segment.segment), None)
        return playing.after(stream, same or segment, offset)

    async def around(self, camera: str, stream: str, wall: int) -> Stream:
        """The stream as it is from a little before this wall time (µs) on. Raises Busy."""
        excerpt = await self._ask(
            partial(excerpts.from_moment, camera=camera, stream=stream, wall=wall, limit=REACH)
        )
        now = self._present.stream(camera, stream)
        found = {one.segment: one for one in _segments(excerpt)}
        last = max((one.start for one in found.values()), default=0)
        # A full page ends somewhere: what is newer than its end does not follow it yet.
        whole = len(excerpt.segments) < REACH
        for one in now.segments[now.from_moment(wall) :]:
            if whole or one.start <= last:
                found.setdefault(one.segment, one)
        held = sorted(found.values(), key=lambda one: one.start)
        longest = max((one.duration for one in held), default=0)
        return Stream(camera, stream, segments=held, growing=now.growing, longest=longest)

    async def spans(
        self, camera: str, stream: str, began: int, ended: int, nearer: int
    ) -> list[Span]:
        """Stretches with footage inside [began, ended), also of what grows. Raises Busy."""
        stored = await self._ask(
            partial(
                spans.spans, camera=camera, stream=stream, began=began, ended=ended, nearer=nearer
            )
        )
        now = self._present.stream(camera, stream).segments
        mine = [(max(one.start, began), min(one.end, ended)) for one in now]
        return _merged([*stored, *(one for one in mine if one[0] < one[1])], nearer)

    async def gaps(self, camera: str, stream: str, began: int, ended: int) -> list[Gap]:
        """Gaps and pauses that touch [began, ended), in order, by the last word on each. Raises
        Busy."""
        stored = await self._ask(
            partial(history.gaps_of, camera=camera, stream=stream, began=began, ended=ended)
        )
        now = self._present.stream(camera, stream)
        newest = {gap.gap: gap for gap in (*now.gaps.values(), *now.ended.values())}
        found = [_last_word(gap, newest.pop(gap.gap, None)) for gap in stored]
        found += [_last_word(_unstored(gap), gap) for gap in newest.values()]
        there = [gap for gap in found if gap.began < ended and (gap.ended or LATER) > began]
        return sorted((gap for gap in there if gap.ended != gap.began), key=lambda gap: gap.began)

    async def doubts(self, camera: str, stream: str, began: int, ended: int) -> list[Doubt]:
        """Stored footage whose clock was set later, that lies in [began, ended) or belongs there.
        Raises Busy."""
        work = partial(clocks.doubts_of, camera=camera, stream=stream, began=began, ended=ended)
        return await self._ask(work)

    async def kept(self, camera: str, stream: str) -> Kept:
        """How much of the stream is here, what grows included. Raises Busy."""
        stored = await self._ask(partial(spans.kept, camera=camera, stream=stream))
        now = self._present.stream(camera, stream).segments
        growing = [one for one in now if not one.closed and not one.ring]
        starts = [one.start for one in growing] + [stored.oldest or LATER]
        return Kept(
            bytes=stored.bytes + sum(one.size for one in growing),
            oldest=min(starts) if stored.oldest or growing else None,
        )

    async def _ask(self, work: Callable[..., T]) -> T:
        try:
            return await self._state.read(work)
        except state_errors.Busy as error:
            raise Busy(str(error)) from None


def _segments(excerpt: Excerpt) -> list[Segment]:
    """As the rules of playing take them."""
    return [_segment(excerpt, one) for one in excerpt.segments]


def _segment(excerpt: Excerpt, one: footage.Segment) -> Segment:
    encoding = excerpt.encodings[one.encoding]
    return Segment(
        segment=one.segment,
        camera=excerpt.camera,
        stream=excerpt.stream,
        run=excerpt.runs[one.run],
        order=one.number,
        path=f"{excerpt.roots[one.volume].rstrip('/')}/{one.key}",
        ring=False,
        start=one.start,
        codec=encoding.codec,
        timescale=encoding.timescale,
        init_size=encoding.init_size,
        base=one.base,
        width=encoding.width,
        height=encoding.height,
        closed=True,
        no_key=one.no_key,
        duration=one.duration,
        size=one.size,
        parts=Parts(one.parts()),
    )


def _unstored(gap: footage_now.Gap) -> Gap:
    return Gap(
        gap=gap.gap,
        stream=0,
        cause=gap.cause,
        told_cause=gap.cause,
        refined_by=None,
        began=gap.start,
        ended=None,
        sentence=gap.sentence,
        filled=0,
    )


def _last_word(gap: Gap, said: footage_now.Gap | None) -> Gap:
    """The gap as it was told last; a refinement of its cause stands."""
    if said is None or said.end is None:
        return gap
    cause = gap.cause if gap.refined_by else str(said.cause)
    return replace(gap, ended=said.end, cause=cause, told_cause=str(said.cause))


def _merged(found: Iterable[Span], nearer: int) -> list[Span]:
    merged: list[Span] = []
    for began, ended in sorted(found):
        if merged and began - merged[-1][1] < max(1, nearer):
            merged[-1] = (merged[-1][0], max(merged[-1][1], ended))
        else:
            merged.append((began, ended))
    return merged
