"""Deleting as the rules of the pair say: garbage, unlinked, synced, and only then forgotten."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from nvr_core.clock import SECOND, Clock
from nvr_core.state import files, recorded
from nvr_core.state.catalogue import State
from nvr_core.state.files import Held
from nvr_core.state.recorded import Recorded
from nvr_core.state.steps import Step, onward
from nvr_core.storage import unlinking
from nvr_core.storage.ages import Trust
from nvr_core.storage.places import Place, Run

log = logging.getLogger(__name__)

BATCH = 256
"""Files whose rows change together: a transaction of some milliseconds."""
SETTLED = 48 * 3600 * SECOND
"""A day's folder of footage younger than this may still be written to."""


class Deletion:
    """Deletes files of volumes that are there. Killed anywhere, `finish` finds its way back."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        run: Run,
        *,
        trust: Callable[[], Trust],
        step: Step = onward,
    ) -> None:
        self._state = state
        self._clock = clock
        self._run = run
        self._trust = trust
        self._step = step

    def holding(self) -> int:
        """The wall time by which holds end, µs. None ends by a clock that is in doubt."""
        return 0 if self._trust().doubt else self._clock.wall()

    async def mark(self, found: Sequence[Recorded]) -> list[Recorded]:
        """Make garbage of these, as far as nobody holds them. Returns which."""
        self._step("garbage: begin")
        held = [one.held for one in found]
        work = partial(recorded.mark, held=held, now=self.holding())
        done = set(await self._state.write(work, now=True))
        self._step("garbage: committed")
        return [one for one in found if one.held in done]

    async def delete(self, place: Place, found: Sequence[Recorded], why: str) -> int:
        """Delete files of one volume, as far as nobody holds them. Returns the bytes that went."""
        size = 0
        for first in range(0, len(found), BATCH):
            size += await self.clear(place, await self.mark(found[first : first + BATCH]), why)
        return size

    async def clear(self, place: Place, found: Sequence[Recorded], why: str) -> int:
        """Unlink what is garbage already, and forget it. Returns the bytes that went."""
        size = 0
        for first in range(0, len(found), BATCH):
            some = found[first : first + BATCH]
            held = [one.held for one in some]
            gone = await self._run(partial(unlinking.unlink, place, held, self._step))
            await self._drop(gone, why)
            size += sum(one.size for one in gone)
            await self._tidy(place, some, gone)
        return size

    async def finish(self, place: Place) -> int:
        """What a crash cut: forget garbage that is unlinked already. Returns how many files.

        Garbage that still lies there is garbage as before: it goes when its room is needed.
        """
        after, done = 0, 0
        while True:
            work = partial(recorded.garbage, volume=place.number, now=0, after=after, limit=1000)
            page = await self._state.read(work)
            held = [one.held for one in page]
            missing = set(await self._run(partial(unlinking.absent, place, held)))
            if missing:
                lost = [one for one in page if one.held in missing]
                await self.clear(place, lost, "full")
                done += len(lost)
            if len(page) < 1000:
                return done
            after = held[-1].segment

    async def rescue(self, place: Place) -> int:
        """Garbage that somebody has held since is footage again. Returns how many files."""
        work = partial(recorded.rescued, volume=place.number, now=self.holding(), limit=BATCH)
        page = [one.held for one in await self._state.read(work)]
        if not page:
            return 0
        if not await self._run(place.there):
            return 0
        missing = set(await self._run(partial(unlinking.absent, place, page)))
        # A recorder took them before they were held.
        await self._drop([one for one in page if one in missing], "full")
        kept = [one for one in page if one not in missing]
        if not kept or not await self._run(place.there):
            return 0
        self._step("rescue: begin")
        await self._state.write(partial(files.become, held=kept, state=files.HERE), now=True)
        self._step("rescue: committed")
        return len(kept)

    async def _drop(self, gone: Sequence[Held], why: str) -> None:
        if not gone:
            return
        self._step("rows: begin")
        work = partial(files.drop, held=gone, at=self._clock.wall(), why=why)
        await self._state.write(work, now=True)
        self._step("rows: dropped")

    async def _tidy(self, place: Place, some: Sequence[Recorded], gone: Sequence[Held]) -> None:
        """A clock in doubt does not tell in which folder a recorder is about to make a file."""
        if self._trust().doubt:
            return
        left = set(gone)
        settled = self._clock.wall() - SETTLED
        keys = [one.held.key for one in some if one.held in left and one.end < settled]
        await self._run(partial(unlinking.remove_empty, place, keys, self._step))
