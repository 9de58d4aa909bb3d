"""What the journal says of each stream, laid end to end: where nothing is said, or two things."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from nvr_core.wire.facts import (
    Cause,
    GapClosed,
    GapOpened,
    Numbered,
    RecorderStarted,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
)
from nvr_core.wire.journal_reader import JournalReader


@dataclass(frozen=True, order=True)
class Span:
    """A piece of a stream's life: footage, or a hole with its cause; wall times in µs."""

    start: int
    end: int
    cause: Cause | None = None


@dataclass
class Account:
    """The last word of a journal on everything."""

    segments: dict[str, SegmentClosed] = field(default_factory=dict)
    opened: dict[str, SegmentOpened] = field(default_factory=dict)
    """Segments of which nothing came but their beginning."""
    gaps: dict[str, tuple[GapOpened, GapClosed | None]] = field(default_factory=dict)
    starts: list[RecorderStarted] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def take(self, numbered: Numbered) -> None:
        """One fact, in the order in which they were told."""
        match numbered.fact:
            case RecorderStarted() as fact:
                self.starts.append(fact)
            case SegmentOpened() as fact:
                self.opened[fact.segment] = fact
            case SegmentClosed() as fact:
                self.opened.pop(fact.segment, None)
                before = self.segments.setdefault(fact.segment, fact)
                if before != fact:
                    self.contradictions.append(
                        f"fact {numbered.number} tells {fact.path} otherwise than before"
                    )
            case SegmentGone() as fact:
                self.opened.pop(fact.segment, None)
                self.segments.pop(fact.segment, None)
            case GapOpened() as fact:
                self.gaps.setdefault(fact.gap, (fact, None))  # told again, it is the same gap
            case GapClosed() as fact:
                self.gaps[fact.gap] = (self.gaps[fact.gap][0], fact)
            case _:
                pass

    def spans(self, until: int) -> dict[str, list[Span]]:
        """By camera, in order; a gap that is still open ends at `until`."""
        found: dict[str, list[Span]] = defaultdict(list)
        for segment in self.segments.values():
            found[segment.camera].append(Span(segment.start, segment.start + segment.duration))
        for opened, closed in self.gaps.values():
            end, cause = (closed.wall, closed.cause) if closed else (until, opened.cause)
            if end > opened.wall:
                found[opened.camera].append(Span(opened.wall, end, cause))
        return {camera: sorted(spans, key=_start) for camera, spans in found.items()}


def _start(span: Span) -> tuple[int, int]:
    return span.start, span.end


def read(journal: Path) -> Account:
    """The whole journal in a folder."""
    account = Account()
    reader = JournalReader(journal)
    after = 0
    while batch := reader.read(after, 1000):
        for numbered in batch:
            account.take(numbered)
        after = batch[-1].number
    return account


def faults(spans: list[Span]) -> tuple[list[Span], list[Span]]:
    """Holes of which nothing is said, and spans that two things are said of."""
    holes, doubled = [], []
    end = spans[0].start
    for span in spans:
        if span.start > end:
            holes.append(Span(end, span.start))
        elif span.start < end:
            doubled.append(Span(span.start, min(end, span.end), span.cause))
        end = max(end, span.end)
    return holes, doubled
