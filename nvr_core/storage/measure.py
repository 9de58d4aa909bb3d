"""How much is recorded, measured from the catalogue once in a while."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from nvr_core.clock import SECOND, Clock
from nvr_core.state import recorded
from nvr_core.state.catalogue import State
from nvr_core.storage import room

DAY = 24 * 3600 * SECOND
EVERY = 600 * SECOND
"""µs between two measurements."""
NEWEST = 2000
"""Files whose bitrate counts: about twenty minutes of 100 streams."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one volume."""

    a_second: float = 0.0
    """Bytes."""
    a_day: int = 0
    """Bytes."""


class Measures:
    """Remembers what was measured for ten minutes, and a day's bytes for as long as the clock is
    in doubt."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._found: dict[int, tuple[int, Measured]] = {}

    async def of(self, volume: int, streams: list[int], *, doubt: bool) -> Measured:
        """streams: local numbers of those that have files there."""
        now = self._clock.monotonic()
        at, before = self._found.get(volume, (None, Measured()))
        if at is not None and now - at < EVERY and before.a_second:
            return before
        newest = await self._state.read(partial(recorded.newest, volume=volume, limit=NEWEST))
        a_day = before.a_day if doubt else await self._a_day(volume, streams)
        made = Measured(room.bitrate(newest), a_day)
        self._found[volume] = (now, made)
        return made

    async def _a_day(self, volume: int, streams: list[int]) -> int:
        wall = self._clock.wall()
        size, first = await self._state.read(
            partial(recorded.between, volume=volume, numbers=streams, began=wall - DAY, ended=wall)
        )
        return room.a_day(size, first, wall)
