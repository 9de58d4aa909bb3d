"""The recorders' notices that still hold: the newest of each kind, until it is overtaken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nvr_core.clock import SECOND
from nvr_core.recording.footage import Origin
from nvr_core.state.told_notices import Stored
from nvr_core.wire.facts import Cause, Fact, Notice, RecorderStarted, StreamState

DISK = frozenset({str(one) for one in (Cause.DISK_FULL, Cause.DISK_LOST, Cause.DISK_SLOW)})
"""A disk is in one trouble at a time."""
DISK_WELL = "disk-well"
UNSUPPORTED = "unsupported"
ARRIVING = ("recording", "ring", "ended")
"""States of a stream that can be stored, or that nobody wants."""

PASSING = 24 * 3600 * SECOND
"""A notice that nothing overtakes stands so long."""
MOST = 64
"""Notices kept at a time; more than that nobody reads."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice, who told it, and when."""

    notice: Notice
    origin: Origin


class Notices:
    """Takes facts, and knows which notices a person should still see."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, str, str], Told] = {}

    def apply(self, fact: Fact, origin: Origin) -> None:
        """Take one fact, in the order of the journal."""
        match fact:
            case Notice():
                key = _key(fact, origin.recorder)
                self._told.pop(key, None)
                if fact.code != DISK_WELL:
                    self._told[key] = Told(fact, origin)
                while len(self._told) > MOST:
                    del self._told[next(iter(self._told))]
            case StreamState() if fact.state in ARRIVING:
                self._told.pop((origin.recorder, UNSUPPORTED, fact.camera, fact.stream), None)
            case RecorderStarted():
                # A new start looks at everything anew, and tells what is still so.
                for key in [one for one in self._told if one[0] == origin.recorder]:
                    del self._told[key]
            case _:
                pass

    def standing(self, now: int) -> list[Told]:
        """What holds at this wall time (µs), newest first; what two recorders say is there once."""
        newest: dict[tuple[str, str, str], Told] = {}
        for told in reversed(list(self._holding(now))):
            notice = told.notice
            newest.setdefault((notice.code, notice.camera, notice.stream), told)
        return list(newest.values())

    def begin(self, stored: Iterable[Stored]) -> None:
        """What was told before this server began, in order."""
        for one in stored:
            self.apply(one.notice, Origin(one.recorder, 0, one.at))

    def _holding(self, now: int) -> Iterator[Told]:
        for told in self._told.values():
            overtaken = told.notice.code in DISK or told.notice.code == UNSUPPORTED
            if overtaken or now - told.origin.at < PASSING:
                yield told


def _key(notice: Notice, recorder: str) -> tuple[str, str, str, str]:
    disk = notice.code in DISK or notice.code == DISK_WELL
    return recorder, "disk" if disk else notice.code, notice.camera, notice.stream
