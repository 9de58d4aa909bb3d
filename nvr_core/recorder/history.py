"""What earlier recorders left: gaps that go on, files that were open, their last sign of life."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from nvr_core.clock import Clock
from nvr_core.recorder.absence import Absence
from nvr_core.recorder.hindsight import Gap, Line
from nvr_core.recorder.ledger import PAUSES, Ledger
from nvr_core.wire.facts import (
    Cause,
    GapClosed,
    GapOpened,
    Numbered,
    RecorderStarted,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamState,
)

ABSENT = "the recorder was not running"
STOPPED = (Cause.RECORDER_STOPPED, Cause.POWER)


@dataclass
class Past:
    """The journal's end state. Empty for a first start."""

    boot: str = ""
    last_sign: int = 0
    """Wall time (µs) of the last thing that is known of the earlier recorder."""
    lines: dict[str, Line] = field(default_factory=dict)
    """What was told, by stream, of those that are still wanted."""
    over: dict[str, int] = field(default_factory=dict)
    """Streams that nobody wanted any more, and since when (wall time, µs). What is told of the
    time before may come later, and does not make them wanted again."""
    open_segments: dict[str, SegmentOpened] = field(default_factory=dict)
    """By id: segments that nobody told the end of. The repair takes them away one by one."""

    def open_streams(self) -> set[str]:
        """Streams of which a file may be found that nobody told."""
        return {f"{fact.camera}/{fact.stream}" for fact in self.open_segments.values()}


def read(facts: Iterable[Numbered], last_sign: int = 0) -> Past:
    """Replay a journal. `last_sign` is a heartbeat found beside it, if any."""
    past = Past(last_sign=last_sign)
    for numbered in facts:
        past.last_sign = max(past.last_sign, numbered.at)
        _take(past, numbered)
    return past


def _take(past: Past, numbered: Numbered) -> None:
    match fact := numbered.fact:
        case RecorderStarted():
            past.boot = fact.boot
        case GapOpened():
            if (line := _line(past, fact, fact.wall)) is not None:
                _opened(line, fact, numbered.number)
        case GapClosed():
            line = _line(past, fact, fact.wall)
            for gap in line.gaps if line is not None else ():
                if gap.gap == fact.gap:
                    gap.end, gap.cause = fact.wall, fact.cause
        case SegmentOpened():
            past.open_segments[fact.segment] = fact
        case SegmentClosed():
            past.open_segments.pop(fact.segment, None)
            end = fact.start + fact.duration
            past.last_sign = max(past.last_sign, end)
            if (line := _line(past, fact, fact.start)) is not None:
                line.kept(fact.start, end)
        case SegmentGone():
            past.open_segments.pop(fact.segment, None)
        case StreamState() if fact.state == "ended":
            stream = f"{fact.camera}/{fact.stream}"
            past.lines.pop(stream, None)
            past.over[stream] = numbered.at


def _opened(line: Line, fact: GapOpened, number: int) -> None:
    """A gap that goes on may be told again: it is the same one."""
    gap = next((gap for gap in line.gaps if gap.gap == fact.gap), None)
    if gap is None:
        gap = Gap(fact.gap, fact.cause, fact.wall, fact.monotonic, number)
        line.opened(gap)
    gap.number = number
    if gap.end is None:
        gap.cause, gap.sentence = fact.cause, fact.sentence


def _line(past: Past, fact: GapOpened | GapClosed | SegmentClosed, wall: int) -> Line | None:
    """Where to write down what is told of this moment; None when it is over and done with."""
    stream = f"{fact.camera}/{fact.stream}"
    if wall < past.over.get(stream, 0):
        return None
    return past.lines.setdefault(stream, Line())


def of(past: Past, lines: dict[str, Line], streams: Collection[str]) -> Past:
    """The same of some streams only. lines: theirs."""
    segments = {
        name: fact
        for name, fact in past.open_segments.items()
        if f"{fact.camera}/{fact.stream}" in streams
    }
    return replace(past, lines=lines, open_segments=segments)


def stop_cause(past: Past, boot: str) -> Cause:
    """Another boot id means that the machine was off in between."""
    return Cause.RECORDER_STOPPED if past.boot in ("", boot) else Cause.POWER


def resume(
    past: Past,
    ledger: Ledger,
    clock: Clock,
    boot: str,
    beside: Mapping[str, tuple[int, int]] = MappingProxyType({}),
) -> None:
    """Go on with the ledger where the earlier recorder's last sign of life left it.

    beside: (wall, monotonic) since which this one has kept streams beside it, when it was to be
    its successor.

    A camera that was away already stays so until that moment; from then on the recorder itself
    was the cause. A pause goes on. Of a stream whose segment was open, only the repair knows how
    far the file reaches: `Ledger.settle` tells of the time before now then.
    """
    cause = stop_cause(past, boot)
    wall = clock.wall()

    def moment(at: int) -> tuple[int, int]:
        at = min(at, wall)
        return at, clock.monotonic() - (wall - at)

    if past.last_sign:
        ledger.absence = Absence(since=past.last_sign, until=wall, cause=cause, sentence=ABSENT)
    unsettled = past.open_streams()
    for stream, line in past.lines.items():
        gap, begun = line.open, beside.get(stream)
        if begun is not None:
            end = line.end or begun[0]
            if gap is None and (stream in unsettled or end < begun[0]):
                since = moment(begun[0] if stream in unsettled else end)
                ledger.missing(stream, cause, ABSENT, since=since)
            ledger.kept(stream, *begun)
        elif gap is not None:
            if gap.cause not in (*STOPPED, *PAUSES):
                ledger.missing(stream, cause, ABSENT, since=moment(past.last_sign or wall))
        elif stream in unsettled:
            ledger.missing(stream, cause, ABSENT)
        else:
            ledger.missing(stream, cause, ABSENT, since=moment(line.end or wall))
    for stream in unsettled - set(past.lines):
        if stream not in beside:
            ledger.missing(stream, cause, ABSENT)
