"""What the recorders do, as one service: cameras, their states, footage, live view, and room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.recording.archive import Archive
from nvr_core.recording.desired import Desired
from nvr_core.recording.footage import Footage, Gap, Origin
from nvr_core.recording.links import RecorderLink
from nvr_core.recording.live import Live
from nvr_core.recording.mending import Mending
from nvr_core.recording.notices import PASSING, Notices
from nvr_core.recording.past import Past
from nvr_core.recording.pictures import Newest
from nvr_core.recording.reads import Busy, Reads
from nvr_core.recording.segments import Segment
from nvr_core.recording.states import CameraState, state_of
from nvr_core.recording.storing import Storing
from nvr_core.recording.volumes import Volumes
from nvr_core.recording.wants import RECORDERS, Watched
from nvr_core.recording.wishes import Cameras, Hours, Wishes
from nvr_core.settings import Settings
from nvr_core.state import files, roster
from nvr_core.state.catalogue import State
from nvr_core.state.errors import StateError
from nvr_core.wire import seal
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import (
    Cause,
    Durable,
    Fact,
    FragmentWritten,
    SourceNeeded,
    StreamStatistics,
)
from nvr_core.wire.installation import installation_id

log = logging.getLogger(__name__)

ROUND = 1.0
"""Seconds between looks at what was missed."""

STREAMS = ("main", "sub")


@dataclass(frozen=True, slots=True)
class Camera:
    """A watched camera under its lasting id."""

    id: str
    name: str
    recorder: str
    """The recorder that pulls its main stream."""


class Recording:
    """The server's side of recording. Make it with `running`."""

    def __init__(
        self,
        settings: Settings,
        runtime: Path,
        clock: Clock,
        state: State,
        cameras: Cameras,
        hours: Hours,
    ) -> None:
        """state: the open catalogue. Raises VolumesError, InstallationFault, KeyFault and OSError,
        whose texts say what to do."""
        volume = settings.volume
        self.volumes = Volumes(settings.data, installation_id(settings.data, clock))
        self.volumes.prepare(volume)
        self._volume, self._limit = volume, settings.storage.limit
        self._cameras = cameras
        self._wishes = Wishes(cameras, hours, clock, str(volume))
        self._subscribers: set[Callable[[], None]] = set()
        self._clock = clock
        self._state = state
        self.footage = Footage()
        self.archive = Archive(state, self.footage)
        self.notices = Notices()
        self.reads = Reads()
        self.live = Live(self.footage, self._watched)
        self.newest = Newest(runtime, self.footage, clock)
        self.past = Past(runtime, self.archive, clock)
        self.links = {
            name: RecorderLink(
                name,
                data=settings.data,
                runtime=runtime,
                clock=clock,
                reads=self.reads,
                hearer=self,
            )
            for name in RECORDERS
        }

        self._storing = [
            Storing(
                name,
                state,
                self.reads,
                journal=settings.data / "journal" / name,
                stored=self._stored,
            )
            for name in RECORDERS
        ]

        self._desired = Desired(
            data=settings.data,
            key=seal.load_or_make_key(settings.data),
            clock=clock,
            reads=self.reads,
            wanted=self._wishes.wanted,
            send=lambda name, want: self.links[name].want(want),
        )
        self._other = asyncio.Event()
        """The cameras, their sources or their hours may be others."""
        self._mending = Mending(self.footage, self.reads, clock)

    @property
    def cameras(self) -> Sequence[Camera]:
        """The watched cameras, in the order in which they were added."""
        return tuple(self._camera(one) for one in self._cameras.watched())

    def camera(self, camera: str) -> Camera | None:
        """The watched camera with this id."""
        found = (one for one in self._cameras.watched() if one.camera == camera)
        return next(map(self._camera, found), None)

    def _camera(self, one: Watched) -> Camera:
        return Camera(one.camera, one.name, self._wishes.recorder(one.camera))

    def renew(self) -> None:
        """The cameras, their sources or their hours are others: recorders are told soon."""
        self._other.set()

    def state(self, camera: Camera) -> CameraState:
        """What the camera does now."""
        return state_of(self.footage.stream(camera.id, "main"), self.links[camera.recorder].lost)

    def arriving(self, camera: Camera) -> list[tuple[str, Segment]]:
        """Streams of which frames arrive now, main first, each with its newest segment."""
        if self.links[camera.recorder].lost is not None:
            return []
        streams = [(name, self.footage.stream(camera.id, name).growing) for name in STREAMS]
        return [(name, growing.segment) for name, growing in streams if growing is not None]

    async def gone(self, segment: Segment) -> bool:
        """Whether the segment's file, which was not found, is gone for good; forgotten if so.

        False: its disk is not there now. Raises Busy, OSError.
        """
        if not segment.ring:
            absent = await self.reads.run(lambda: self.volumes.absent([segment.path]))
            if not absent:
                return False
            at = self._clock.wall()
            await self._state.write(partial(files.missing, segment=segment.segment, at=at))
        self.archive.forget(segment.segment)
        return True

    async def level(self) -> None:
        """Return when the catalogue holds what recorders told while no server was there."""
        for one in self._storing:
            await one.level.wait()

    async def reclaim(self, paths: tuple[str, ...]) -> None:
        """Let recorders delete these files, in this order, when their disk is full. Raises OSError,
        Busy."""
        await self._desired.reclaim(paths)

    def silent(self) -> list[str]:
        """Recorders that should record something and do not answer."""
        return [name for name in sorted(self._wishes.used) if self.links[name].silent]

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call this whenever a state may have changed. Returns the undo."""
        self._subscribers.add(changed)
        return lambda: self._subscribers.discard(changed)

    def connected(self, recorder: str) -> None:
        """Hearer: the recorder tells anew what its rings hold."""
        self.footage.forget_rings(recorder)

    def hear(self, fact: Fact, origin: Origin) -> None:
        """Hearer: into the index, to the viewers, and to whoever shows states."""
        self.footage.apply(fact, origin)
        self.notices.apply(fact, origin)
        if isinstance(fact, SourceNeeded):
            self._cameras.needed(fact.camera)
        if isinstance(fact, FragmentWritten):
            self.live.written(fact)
        elif not isinstance(fact, StreamStatistics | Durable):
            self.changed()

    def changed(self) -> None:
        """Hearer: a state may have changed."""
        for subscriber in tuple(self._subscribers):
            subscriber()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Talk to the recorders and keep the storage under its limit."""
        try:
            await self._resume()
            self._wishes.begin(await self._desired.before(RECORDERS))
            await self._desired.begin()
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(link.run(), name=f"link to {link.name}")
                    for link in self.links.values()
                ]
                running += [
                    tasks.create_task(one.run(), name=f"storing what {one.recorder} tells")
                    for one in self._storing
                ]
                running.append(tasks.create_task(self._rounds(), name="rounds of the footage"))
                running.append(tasks.create_task(self._renewing(), name="what is wanted"))
                try:
                    yield
                finally:
                    for task in running:
                        task.cancel()
        finally:
            await self.newest.close()
            await self.past.close()
            self.reads.close()

    async def _resume(self) -> None:
        """Go on where the last server stopped."""
        now = self._clock.wall()
        enter = partial(roster.enter, clock=self._clock, volume=str(self._volume))
        await self._state.write(partial(enter, limit=self._limit), now=True)
        for one in self._storing:
            self.links[one.recorder].begin_after(await one.begin())
        before = await self._state.read(partial(roster.before, since=now - PASSING))
        for camera, stream, gap in before.gaps:
            self.footage.goes_on(
                camera, stream, Gap(gap.gap, gap.began, Cause(gap.cause), gap.sentence)
            )
        for (camera, stream), since in before.since.items():
            self.footage.recorded_since(camera, stream, since)
        self.notices.begin(before.notices)

    def _stored(self, recorder: str, number: int) -> None:
        self.footage.stored(recorder, number)
        self.links[recorder].acknowledge(number)

    def _watched(self) -> None:
        self._desired.watch(self.live.watched)

    async def _rounds(self) -> None:
        await self.level()
        # All that recorders told is known now: whoever goes on without being wanted has ended. What
        # is wanted is reckoned of this moment, for a plugin may just have spoken.
        self._wishes.renew()
        try:
            await self._state.write(
                partial(
                    roster.end_others,
                    wanted=self._wishes.kept,
                    unsaid=self._wishes.unsaid,
                    at=self._clock.wall(),
                )
            )
        except StateError as error:
            log.warning("streams that have left are not ended yet (%s)", error)
        while True:
            await self._mending.round()
            if self._wishes.due:
                self._other.set()
            await asyncio.sleep(ROUND)

    async def _renewing(self) -> None:
        said = ""
        while True:
            await self._other.wait()
            self._other.clear()
            self._wishes.renew()
            try:
                await self._desired.renew()
                said = ""
            except (SentenceError, Busy, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    log.error("recorders are not told what is wanted now: %s", error)
                self._other.set()
                await asyncio.sleep(ROUND)
            self.changed()
