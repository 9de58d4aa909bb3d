"""Mends what is safe to mend: nothing of it deletes footage that somebody could still want."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nvr_core.clock import Clock
from nvr_core.state import files, found
from nvr_core.state.catalogue import State
from nvr_core.state.files import Held
from nvr_core.state.recorded import Recorded
from nvr_core.state.steps import Step, onward
from nvr_core.storage import unlinking
from nvr_core.storage.ages import Trust
from nvr_core.storage.deletion import Deletion
from nvr_core.storage.places import Place, Run
from nvr_core.wire.facts import SegmentClosed


class Mending:
    """What a check may change. Killed anywhere, the next check finds what is left to do."""

    def __init__(self, state: State, clock: Clock, run: Run, *, step: Step = onward) -> None:
        self._state = state
        self._clock = clock
        self._run = run
        self._step = step
        # No day's folder is removed, and no hold ends, by a clock of which nothing is known here.
        doubt = Trust(synchronised=False)
        self._deletion = Deletion(state, clock, run, trust=lambda: doubt, step=step)

    async def garbage(self, place: Place, page: Sequence[Recorded]) -> int:
        """Unlink it. Returns the bytes that went."""
        return await self._deletion.clear(place, page, "full")

    async def missing(self, place: Place, lost: Sequence[Held]) -> list[Held]:
        """Drop the rows of files that are gone for good. Returns which."""
        gone = await self._run(partial(unlinking.absent, place, lost))
        if not gone:
            return []
        self._step("missing: begin")
        work = partial(found.dropped, held=gone, at=self._clock.wall(), why="missing")
        dropped = await self._state.write(work, now=True)
        self._step("missing: dropped")
        return dropped

    async def orphans(self, place: Place, fresh: Sequence[tuple[str, SegmentClosed]]) -> int:
        """Adopt files that have no row, in the order in which they were recorded, as far as they
        say. Returns how many."""
        some = sorted(fresh, key=lambda one: (one[1].start, one[1].recorder_start, one[1].sequence))
        self._step("adopt: begin")
        work = partial(found.take, volume=place.number, closed=some, at=self._clock.wall())
        left = await self._state.write(work, now=True)
        self._step("adopt: committed")
        return len(some) - len(left)

    async def totals(self) -> None:
        """Count anew: seconds, in which nothing else is written."""
        self._step("totals: begin")
        await self._state.write(files.retotal, now=True)
        self._step("totals: counted")
