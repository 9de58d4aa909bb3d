"""Which frames of which files show a stretch of wall time: rules, before anything is copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO, NamedTuple

from nvr_core.media import reading
from nvr_core.media.decode_time import MAX_DEPTH
from nvr_core.media.errors import MediaError
from nvr_core.media.reading import Segment
from nvr_core.media.samples import Sample
from nvr_core.media.segment import FragmentEntry


class Source(NamedTuple):
    """One segment and the way to its bytes; the file is open only while they are read."""

    segment: Segment
    open: Callable[[], BinaryIO]


class Place(NamedTuple):
    """A fragment of a stretch, and the source it lies in."""

    source: Source
    fragment: FragmentEntry

    @property
    def shown(self) -> int:
        """Presentation time of its first frame, ticks."""
        return self.fragment.start + self.fragment.shift


class Stretch:
    """Segments of one run that follow each other without a hole: one media line, one wall line."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sources)
        places = [Place(s, f) for s in sources for f in s.segment.fragments]
        first = next((i for i, p in enumerate(places) if p.fragment.key), len(places))
        self.places = tuple(places[first:])
        """Every fragment from the first key frame on: nothing before it can be decoded."""
        self.first = self.last = 0
        """Presentation times, in ticks, between which there is a picture."""
        if self.places:
            self.first = self.places[0].shown
            self.last = self._end()

    def _end(self) -> int:
        """Of the frame shown last, which may have been decoded some frames before the last."""
        end = seen = 0
        for place in reversed(self.places):
            frames = samples(place)
            end = max(end, *(s.pts + s.duration for s in frames))
            seen += len(frames)
            if seen > MAX_DEPTH:
                break
        return end

    def wall(self, ticks: int) -> int:
        """UTC in µs of a media time."""
        found = self.sources[0].segment
        for source in self.sources:
            if source.segment.base <= ticks:
                found = source.segment
        return found.wall(ticks)

    def ticks(self, wall: int) -> int:
        """The first media time that is not before a wall time, within what is shown."""
        found = self.sources[0].segment
        for source in self.sources:
            if source.segment.start <= wall:
                found = source.segment
        return min(max(found.ticks(wall), self.first), self.last)

    def from_key(self, ticks: int) -> int:
        """Index of the fragment to decode from, so that what is shown at `ticks` is known."""
        keys = [i for i, p in enumerate(self.places) if p.fragment.key and p.shown <= ticks]
        return keys[-1] if keys else 0


class Show(NamedTuple):
    """One uninterrupted span of pictures."""

    stretch: Stretch
    start: int
    """Media ticks [start, end)."""
    end: int
    wall: int
    """UTC of `start`, µs."""
    wall_end: int

    @property
    def key(self) -> Place:
        """The fragment to decode from."""
        return self.stretch.places[self.stretch.from_key(self.start)]


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A span of the asked time of which there is no picture; UTC, µs."""

    start: int
    end: int


def samples(place: Place) -> list[Sample]:
    """The frames of a fragment, read from its file."""
    with place.source.open() as file:
        return reading.samples(file, place.fragment)


def taken(show: Show) -> Iterator[tuple[Place, list[Sample]]]:
    """The frames that a show needs, fragment by fragment: from the key frame before its start
    until the last one that is shown, and what that depends on."""
    places = show.stretch.places
    first = last = show.stretch.from_key(show.start)
    for index, place in enumerate(places[first:], first):
        if place.fragment.start < show.end:
            last = index
    while last > first and all(s.pts >= show.end for s in samples(places[last])):
        last -= 1
    for _, group in groupby(places[first : last + 1], lambda p: id(p.source)):
        same = list(group)
        with same[0].source.open() as file:
            for place in same:
                frames = reading.samples(file, place.fragment)
                if place is places[last]:
                    while len(frames) > 1 and frames[-1].pts >= show.end:
                        frames.pop()
                yield place, frames


def first_frame(show: Show) -> int:
    """Presentation time of the first frame that begins within a show.

    The show's own start, when it is shorter than a frame: what was there already is shown then.
    """
    first = show.end
    for place, frames in taken(show):
        if place.fragment.start > first:
            break
        first = min([first, *(s.pts for s in frames if s.pts >= show.start)])
    return first if first < show.end else show.start


def plan(sources: Sequence[Source], begin: int, end: int) -> list[Show]:
    """What shows the wall time [begin, end), in its order.

    sources: segments of one stream in any order. Where two runs overlap, the later one owns the
    overlap (later: by recorder start, then run, then sequence). MediaError: two tracks that
    cannot stand in one file, or a file that changed since it was read.
    """
    if end <= begin:
        raise MediaError("the end of the time asked for is not after its beginning")
    shows: list[Show] = []
    for stretch in stretches(sources):
        if not stretch.places:
            continue
        a = max(begin, stretch.wall(stretch.first))
        b = min(end, stretch.wall(stretch.last))
        if a >= b:
            continue
        shows = [piece for old in shows for piece in _without(old, a, b)]
        shows.append(_show(stretch, a, b))
    return sorted((s for s in shows if s.start < s.end), key=lambda s: s.wall)


def missing(shows: Sequence[Show], begin: int, end: int) -> list[Missing]:
    """What of [begin, end) the plan does not show."""
    holes: list[Missing] = []
    at = begin
    for show in shows:
        if show.wall > at:
            holes.append(Missing(start=at, end=show.wall))
        at = max(at, show.wall_end)
    if at < end:
        holes.append(Missing(start=at, end=end))
    return holes


def stretches(sources: Sequence[Source]) -> list[Stretch]:
    """Group segments into stretches, in the order in which later ones win."""
    ordered = sorted((s for s in sources if s.segment.fragments), key=_order)
    groups: list[list[Source]] = []
    for source in ordered:
        if groups and _follows(groups[-1][-1].segment, source.segment):
            groups[-1].append(source)
        else:
            groups.append([source])
    return [Stretch(group) for group in groups]


def _order(source: Source) -> tuple[str, str, int, int]:
    opening = source.segment.opening
    if opening is None:
        return ("", "", 0, source.segment.start)
    return (opening.recorder_start, opening.run, opening.sequence, source.segment.start)


def _follows(before: Segment, after: Segment) -> bool:
    return (
        before.opening is not None
        and after.opening is not None
        and before.opening.run == after.opening.run
        and before.timescale == after.timescale
        and before.end == after.base
    )


def _show(stretch: Stretch, wall: int, wall_end: int) -> Show:
    return Show(stretch, stretch.ticks(wall), stretch.ticks(wall_end), wall, wall_end)


def _without(show: Show, a: int, b: int) -> list[Show]:
    """What is left of a show when another one owns the wall time [a, b)."""
    if b <= show.wall or show.wall_end <= a:
        return [show]
    left = []
    if show.wall < a:
        left.append(_show(show.stretch, show.wall, a))
    if b < show.wall_end:
        left.append(_show(show.stretch, b, show.wall_end))
    return left
