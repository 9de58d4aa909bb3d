"""What an earlier recorder left: gaps that go on, files that were open, its last sign of life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nvr_core.clock import Clock
from nvr_core.recorder.ledger import Ledger, OpenGap
from nvr_core.wire.facts import (
    Cause,
    GapClosed,
    GapOpened,
    Numbered,
    RecorderStarted,
    SegmentClosed,
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
    gaps: dict[str, OpenGap] = field(default_factory=dict)
    """Open gaps by stream."""
    open_segments: dict[str, str] = field(default_factory=dict)
    """Streams by the id of the segment that was open, to be found again by the repair."""


def read(facts: Iterable[Numbered], last_sign: int = 0) -> Past:
    """Replay a journal. `last_sign` is a heartbeat found beside it, if any."""
    past = Past(last_sign=last_sign)
    for numbered in facts:
        fact = numbered.fact
        past.last_sign = max(past.last_sign, numbered.at)
        if isinstance(fact, RecorderStarted):
            past.boot = fact.boot
        elif isinstance(fact, GapOpened):
            key = f"{fact.camera}/{fact.stream}"
            past.gaps[key] = OpenGap(
                fact.gap, fact.cause, fact.wall, fact.monotonic, numbered.number
            )
        elif isinstance(fact, GapClosed):
            past.gaps.pop(f"{fact.camera}/{fact.stream}", None)
        elif isinstance(fact, SegmentOpened):
            past.open_segments[fact.segment] = f"{fact.camera}/{fact.stream}"
        elif isinstance(fact, SegmentClosed):
            past.open_segments.pop(fact.segment, None)
            past.last_sign = max(past.last_sign, fact.start + fact.duration)
        elif isinstance(fact, StreamState) and fact.state == "ended":
            past.gaps.pop(f"{fact.camera}/{fact.stream}", None)
    return past


def stop_cause(past: Past, boot: str) -> Cause:
    """Another boot id means that the machine was off in between."""
    return Cause.RECORDER_STOPPED if past.boot in ("", boot) else Cause.POWER


def resume(past: Past, ledger: Ledger, clock: Clock, boot: str) -> None:
    """Go on with the ledger where the earlier recorder's last sign of life left it.

    A camera that was away already stays so until that moment; from then on the recorder itself
    was the cause. Streams whose segment was open get their gap from the repair, which alone
    knows how far the file reaches.
    """
    cause = stop_cause(past, boot)
    wall = clock.wall()
    since_wall = min(past.last_sign or wall, wall)
    since = (since_wall, clock.monotonic() - (wall - since_wall))
    for stream, gap in past.gaps.items():
        ledger.adopt(stream, gap)
        if gap.cause not in STOPPED:
            ledger.missing(stream, cause, ABSENT, since=since)
    for stream in set(past.open_segments.values()) - set(past.gaps):
        ledger.missing(stream, cause, ABSENT)
