"""What goes in one round, and why: too old, more than a camera's quota, or in the way of new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from nvr_core.clock import SECOND, Clock
from nvr_core.state import recorded
from nvr_core.state.catalogue import State
from nvr_core.state.keeping import Total
from nvr_core.state.recorded import FLOOR, Recorded
from nvr_core.storage import ages, order
from nvr_core.storage.ages import Pace, Trust
from nvr_core.storage.deletion import BATCH, Deletion
from nvr_core.storage.measure import Measures
from nvr_core.storage.places import Place
from nvr_core.storage.policy import Policies
from nvr_core.storage.room import Room

WINDOW = 8192
"""Files among which the order of recording is sought: 80 minutes of 100 cameras. What recorders
tell late, because the server was away, is put right within it."""
AT_ONCE = 64
"""Files of one stream that go for their age in one round."""
LEFT_OUT = 3600 * SECOND
"""µs after which the beginning of a volume is looked at again, for holds that were released."""


class Rounds:
    """Chooses by the pure rules, and has it deleted."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        deletion: Deletion,
        measures: Measures,
        *,
        trust: Callable[[], Trust],
    ) -> None:
        self._state = state
        self._clock = clock
        self._deletion = deletion
        self._trust = trust
        self._measures = measures
        self._policies = Policies()
        self._streams: Mapping[int, tuple[str, str]] = {}
        self._totals: Sequence[Total] = ()
        self._over: dict[str, int] = {}
        self._paces: dict[int, Pace] = {}
        self._most: dict[int, int] = {}
        """Bytes that were here at most: what goes does not make what goes after it slower."""
        self._turn = 0
        """Streams go by turns, so that none waits for the others to be done."""
        self._first: dict[int, tuple[int, int]] = {}
        """Volume → the number before the first file that may go, and when that was looked up."""

    def begin(
        self,
        policies: Policies,
        streams: Mapping[int, tuple[str, str]],
        totals: Sequence[Total],
    ) -> None:
        """streams: local number → camera's id and name."""
        self._policies, self._streams, self._totals = policies, streams, totals

    def visible(self, there: Iterable[int]) -> None:
        """Count each camera's bytes on the volumes that are there: what is more than its quota."""
        numbers = set(there)
        sums: dict[str, int] = defaultdict(int)
        for one in self._totals:
            if one.volume in numbers and one.stream in self._streams:
                sums[self._streams[one.stream][0]] += one.bytes
        self._over = {}
        for camera, size in sums.items():
            quota = self._policies.of(camera).quota
            if quota is not None and size > quota:
                # One percent more, so that it is not due again with every segment.
                self._over[camera] = size - quota + quota // 100

    async def by_age(self, place: Place) -> int:
        """What is above the ceiling, while ages can be told, and no faster than twice as fast as
        it came."""
        trust = self._trust()
        here = [one for one in self._totals if one.volume == place.number]
        if trust.doubt or not here:
            return 0
        streams = [one.stream for one in here]
        measured = await self._measures.of(place.number, streams, doubt=False)
        days = max((self._policies.of(one).days for one in self._cameras(here)), default=1)
        most = max(self._most.get(place.number, 0), sum(one.bytes for one in here))
        self._most[place.number] = most
        usual = ages.usual(measured.a_day, most, days)
        before = self._paces.get(place.number, Pace())
        pace = before.on(self._clock.monotonic(), usual)
        gone = await self._cut(place)
        self._turn += 1
        first = self._turn % len(streams)
        for stream in streams[first:] + streams[:first]:
            if pace.left <= 0:
                break
            old = order.enough(await self._old(place, stream), pace.left)
            if old:
                size = await self._deletion.delete(place, old, "aged")
                pace = pace.spent(size)
                gone += size
        self._paces[place.number] = pace
        return gone

    async def by_quota(self, place: Place) -> int:
        """What a camera has more than its quota, the oldest first."""
        gone = 0
        for camera, over in list(self._over.items()):
            own = [
                one.stream
                for one in self._totals
                if one.volume == place.number and self._camera(one.stream) == camera
            ]
            if not own:
                continue
            now = self._deletion.holding()
            work = partial(
                recorded.of_streams, volume=place.number, numbers=own, now=now, limit=WINDOW
            )
            found = order.oldest_first(await self._state.read(work), now=self._clock.wall())
            size = await self._deletion.delete(place, order.enough(found, over), "quota")
            self._over[camera] = over - size
            gone += size
            if self._over[camera] <= 0:
                del self._over[camera]
        return gone

    async def by_size(self, place: Place, room: Room) -> int:
        """What is in the way: garbage first, then what was recorded first."""
        now = self._deletion.holding()
        need = max(room.need, room.useless)
        if need <= 0:
            return 0
        work = partial(recorded.garbage, volume=place.number, now=now, limit=WINDOW)
        heap = order.oldest_first(await self._state.read(work), now=self._clock.wall())
        gone = await self._deletion.clear(place, order.enough(heap, need), "full")
        if room.need - gone > 0:
            oldest = order.enough(await self.oldest(place), room.need - gone)
            gone += await self._deletion.delete(place, oldest, "full")
        return gone

    async def oldest(self, place: Place) -> list[Recorded]:
        """Files that may go, in the order of recording: the beginning of what the volume holds."""
        now = self._deletion.holding()
        at = self._clock.monotonic()
        after, since = self._first.get(place.number, (0, at))
        if at - since > LEFT_OUT:
            after, since = 0, at
        found = await self._window(place, after, now)
        if not found and after:
            after, since = 0, at
            found = await self._window(place, 0, now)
        if found:
            first = min(one.held.segment for one in found)
            self._first[place.number] = (first - 1, since)
        return order.oldest_first(found, now=self._clock.wall())

    async def _window(self, place: Place, after: int, now: int) -> list[Recorded]:
        work = partial(recorded.in_order, volume=place.number, now=now, after=after, limit=WINDOW)
        return await self._state.read(work)

    async def _cut(self, place: Place) -> int:
        """What was garbage for its age already, and lies there because a crash cut in."""
        wall = self._clock.wall()
        now = self._deletion.holding()
        work = partial(recorded.garbage, volume=place.number, now=now, limit=BATCH)
        old = [
            one
            for one in await self._state.read(work)
            if one.start >= FLOOR
            and one.end <= self._policies.of(self._camera(one.held.stream)).cutoff(wall)
        ]
        return await self._deletion.clear(place, old, "aged")

    def _camera(self, stream: int) -> str:
        return self._streams.get(stream, ("", ""))[0]

    async def _old(self, place: Place, stream: int) -> list[Recorded]:
        if stream not in self._streams:
            return []
        wall = self._clock.wall()
        cutoff = self._policies.of(self._streams[stream][0]).cutoff(wall)
        work = partial(
            recorded.aged,
            volume=place.number,
            stream=stream,
            cutoff=cutoff,
            now=wall,
            limit=AT_ONCE,
        )
        return await self._state.read(work)

    def _cameras(self, here: Iterable[Total]) -> set[str]:
        return {self._streams[one.stream][0] for one in here if one.stream in self._streams}
