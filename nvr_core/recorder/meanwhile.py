"""What a renewed recorder sees of a stream for which its predecessor still answers.

It tells nothing of it: two ledgers of one stream would contradict each other. Once the stream is
its own, it says how things stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.wire.facts import Cause

Moment = tuple[int, int]
"""Wall and monotonic time, µs."""


@dataclass(slots=True)
class Meanwhile:
    """How the stream is with us."""

    cause: Cause | None = None
    """Why we do not keep it."""
    sentence: str = ""
    kept: Moment | None = None
    """Since when we keep it."""

    def missing(self, cause: Cause, sentence: str) -> None:
        self.cause, self.sentence, self.kept = cause, sentence, None

    def keeps(self, wall: int, monotonic: int) -> None:
        self.cause, self.sentence, self.kept = None, "", (wall, monotonic)
