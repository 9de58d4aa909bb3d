"""What a schedule wished while no recorder ran to see its edges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nvr_core.wire.facts import Cause
from nvr_core.wire.wants import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """From the last sign of the recorder before until the start of this one, wall time in µs."""

    since: int
    until: int
    cause: Cause
    sentence: str

    def edges(self, windows: Iterable[Window]) -> list[tuple[int, bool]]:
        """Pure: (moment, whether the stream was wanted from then on) within it, in order.

        windows: of the want that was in force.
        """
        moments = {edge for one in windows for edge in (one.start, one.end)}
        said: list[tuple[int, bool]] = []
        for moment in sorted(edge for edge in moments if self.since < edge <= self.until):
            wanted = any(one.start <= moment < one.end for one in windows)
            if not said or said[-1][1] != wanted:
                said.append((moment, wanted))
        return said
