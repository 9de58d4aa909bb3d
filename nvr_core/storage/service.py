"""Keeps every volume within its room, for as long as it is asked to once a minute.

storage = Storage(state, clock, run, installation=…, trust=…)
await storage.start() … await storage.round() … await storage.stop()
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.state import cameras, keeping, recorded, volumes
from nvr_core.state.catalogue import State
from nvr_core.state.errors import Refused
from nvr_core.state.steps import Step, onward
from nvr_core.state.volumes import Volume
from nvr_core.storage import check as checking
from nvr_core.storage import places, policy, usage
from nvr_core.storage import rebuild as rebuilding
from nvr_core.storage.ages import Trust
from nvr_core.storage.deletion import Deletion
from nvr_core.storage.measure import Measures
from nvr_core.storage.places import Place, Run
from nvr_core.storage.policy import Policies
from nvr_core.storage.reclaim import Reclaim
from nvr_core.storage.report import Report
from nvr_core.storage.room import Room
from nvr_core.storage.rounds import Rounds
from nvr_core.storage.usage import Usage

log = logging.getLogger(__name__)


class Storage:
    """Retention of all volumes. No call of it overlaps another; `stop` waits for the last one."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        run: Run,
        *,
        installation: str,
        trust: Callable[[], Trust],
        days: int = policy.DAYS,
        step: Step = onward,
    ) -> None:
        """run: runs disk calls beside the loop. trust: what is known of the clock at a moment.
        days: for which footage stays where nobody chose otherwise."""
        self.state = self._state = state
        self.clock = self._clock = clock
        self._run = run
        self._installation = installation
        self._trust = trust
        self._days = days
        self._deletion = Deletion(state, clock, run, trust=trust, step=step)
        self._measures = Measures(state, clock)
        self._rounds = Rounds(state, clock, self._deletion, self._measures, trust=trust)
        self._reclaim = Reclaim(state, self._deletion, clock)
        self._said: dict[int, str] = {}
        self._finished: set[int] = set()
        self._busy = asyncio.Lock()
        self._stopping = False

    async def start(self) -> None:
        """Finish what a crash cut. A volume that is not there is finished when it is back."""
        async with self._busy:
            for volume in await self._volumes():
                place = self._place(volume)
                if place is not None:
                    await self._there(place)

    async def stop(self) -> None:
        """Let the round that runs come to the end of its volume, and begin no other."""
        self._stopping = True
        async with self._busy:
            pass

    async def round(self) -> int:
        """Look at each volume that is there, and delete what must go. Returns the bytes that went.

        A volume in trouble is said once in the log, and left alone until it is back. Raises what
        the catalogue, or `run`, raises when it takes no more work; the next round goes on.
        """
        async with self._busy:
            policies = await self._policies()
            streams = await self._state.read(cameras.list_streams)
            totals = await self._state.read(keeping.totals_of)
            found = [one for one in map(self._place, await self._volumes()) if one is not None]
            self._rounds.begin(policies, streams, totals)
            there = [one.number for one in found if await self._there(one)]
            self._rounds.visible(there)
            gone = 0
            for volume in await self._volumes():
                place = self._place(volume)
                if place is None or place.number not in there or self._stopping:
                    continue
                gone += await self._volume(place, volume)
            await self._shed()
            return gone

    async def reclaim(self) -> tuple[str, ...]:
        """Paths of garbage that recorders may delete while their disk is full, in that order."""
        return await self._reclaim.paths(
            [place for place in map(self._place, await self._volumes()) if place is not None]
        )

    async def usage(self) -> Usage:
        """What lies where, how old it is, and for how long there is room."""
        rooms = {}
        for volume in await self._volumes():
            place = self._place(volume)
            if place is None:
                continue
            look = await self._run(partial(places.look, place))
            rooms[volume.number] = (look.trouble, await self._room(volume, look))
        return await usage.gathered(self._state, rooms)

    async def check(self, *, mend: bool, progress: Callable[[Report], None]) -> Report:
        """The rules of the pair, of all volumes and streams. Rounds go on beside it."""
        return await checking.check(
            self._state,
            self._clock,
            self._run,
            installation=self._installation,
            mend=mend,
            progress=progress,
        )

    async def rebuild(self, roots: Sequence[Path], *, progress: Callable[[Report], None]) -> Report:
        """Rows for all footage on these volumes, and on all that are known, that has none."""
        known = [Path(one.root) for one in await self._volumes() if self._place(one) is not None]
        return await rebuilding.rebuild(
            self._state,
            self._clock,
            self._run,
            list(dict.fromkeys([*roots, *known])),
            installation=self._installation,
            progress=progress,
        )

    async def _volume(self, place: Place, volume: Volume) -> int:
        try:
            await self._deletion.rescue(place)
            gone = await self._rounds.by_age(place)
            gone += await self._rounds.by_quota(place)
            look = await self._run(partial(places.look, place))
            if not look.trouble:
                room = await self._room(volume, look)
                gone += await self._rounds.by_size(place, room)
                await self._reclaim.fill(place, room, self._rounds)
        except OSError as error:
            self._say(place, f"{place.root} could not be looked at: {error}")
            return 0
        return gone

    async def _there(self, place: Place) -> bool:
        """Whether the volume is there. One that came back has first finished what was cut."""
        trouble = await self._run(place.trouble)
        self._say(place, trouble)
        if trouble:
            self._finished.discard(place.number)
            return False
        if place.number not in self._finished:
            try:
                done = await self._deletion.finish(place)
            except OSError as error:
                self._say(place, f"{place.root} could not be looked at: {error}")
                return False
            if done:
                log.info("%d files of %s were deleted before, and are forgotten", done, place.root)
            self._finished.add(place.number)
        return True

    async def _room(self, volume: Volume, look: places.Look) -> Room:
        totals = [
            one for one in await self._state.read(keeping.totals_of) if one.volume == volume.number
        ]
        streams = [one.stream for one in totals]
        doubt = bool(self._trust().doubt)
        measured = await self._measures.of(volume.number, streams, doubt=doubt)
        garbage = await self._state.read(partial(recorded.garbage_bytes, volume=volume.number))
        return Room(
            size=look.size,
            free=look.free,
            here=sum(one.bytes for one in totals),
            garbage=garbage,
            limit=volume.limit_bytes,
            reserve_said=volume.reserve_bytes,
            a_second=measured.a_second,
            a_day=measured.a_day,
        )

    async def _shed(self) -> None:
        """Forget what is left of segments that went a day ago. A clock in doubt tells no day."""
        if not self._trust().doubt:
            await self._state.write(partial(keeping.shed, now=self._clock.wall()))

    async def _policies(self) -> Policies:
        try:
            return await policy.chosen(self._state, self._days)
        except Refused as error:
            log.error("%s; nothing is deleted for its age until then", error)
            return Policies(policy.Policy(policy.MOST_DAYS))

    async def _volumes(self) -> Sequence[Volume]:
        return await self._state.read(volumes.list_volumes)

    def _place(self, volume: Volume) -> Place | None:
        found = places.places([volume], self._installation)
        return found[0] if found else None

    def _say(self, place: Place, trouble: str) -> None:
        """Log what is wrong once, not in every round."""
        if trouble and trouble != self._said.get(place.number):
            log.warning("%s; nothing is deleted there", trouble)
        self._said[place.number] = trouble
