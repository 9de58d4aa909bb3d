"""What a recorder may delete by itself when its disk is full and no server does it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from nvr_core.clock import Clock
from nvr_core.state import recorded
from nvr_core.state.catalogue import State
from nvr_core.state.recorded import Recorded
from nvr_core.storage import order
from nvr_core.storage.deletion import BATCH, Deletion
from nvr_core.storage.places import Place
from nvr_core.storage.room import Room

MOST = 8192
"""Files on the list of a volume, about a megabyte of paths."""


class Oldest(Protocol):
    """Knows what goes first."""

    async def oldest(self, place: Place) -> list[Recorded]: ...


class Reclaim:
    """Keeps some hours' worth of garbage on volumes that are nearly full."""

    def __init__(self, state: State, deletion: Deletion, clock: Clock) -> None:
        self._state = state
        self._deletion = deletion
        self._clock = clock

    async def fill(self, place: Place, room: Room, rule: Oldest) -> None:
        """Make garbage, ahead of need, of what would go next anyway."""
        garbage = await self._state.read(partial(recorded.garbage_bytes, volume=place.number))
        # A tenth less does for now: it is not topped up in every round.
        if garbage * 10 >= room.ahead * 9:
            return
        chosen = order.fitting(await rule.oldest(place), room.ahead - garbage)[:MOST]
        for first in range(0, len(chosen), BATCH):
            await self._deletion.mark(chosen[first : first + BATCH])

    async def paths(self, places: Iterable[Place]) -> tuple[str, ...]:
        """The garbage of these volumes, absolute, in the order in which it goes."""
        found: list[str] = []
        for place in places:
            work = partial(
                recorded.garbage,
                volume=place.number,
                now=self._deletion.holding(),
                limit=MOST,
            )
            heap = order.oldest_first(await self._state.read(work), now=self._clock.wall())
            found += [str(place.path(one.held.key)) for one in heap]
        return tuple(found)
