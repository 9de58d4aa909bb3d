"""The devices of the office, each held open by its plugin, and where the cameras' streams are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from nvr_core.clock import SECOND, Clock
from nvr_core.contract import ContractError, DeviceDetails
from nvr_core.devices import streams
from nvr_core.devices.first import channels_of
from nvr_core.devices.parted import joined
from nvr_core.devices.streams import Streams, told_by
from nvr_core.host.instance import Instance, Report
from nvr_core.host.kinds import Kind
from nvr_core.host.lending import Lending
from nvr_core.host.registry import Registry
from nvr_core.host.steering import State as Condition
from nvr_core.host.supervisor import Supervisor
from nvr_core.state import office, register
from nvr_core.state.catalogue import State
from nvr_core.state.devices import Told, note
from nvr_core.state.errors import StateError
from nvr_core.state.lenses import Lens
from nvr_core.state.office import EMPTY, Written
from nvr_core.wire.wants import Source

log = logging.getLogger(__name__)

ROUND = 1.0
"""Seconds between looks at what expires."""
AGAIN = 10 * SECOND
"""µs until a device that did not say where its streams are is asked again."""
OFTEN = 2 * SECOND
"""µs between two questions to a device, however often recorders wish it."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A watched camera, as whoever records it needs to know it."""

    camera: str
    name: str
    uplink: str
    rules: Mapping[str, object] | None
    """When it is kept, as the scheduling service stores it; None: always."""
    streams: Mapping[str, Source] | None
    """By role; None while its plugin has not said yet."""
    audio: bool


class Devices:
    """Make it with the open catalogue, then stay in `running`."""

    def __init__(
        self, state: State, clock: Clock, key: bytes, registry: Registry, lending: Lending
    ) -> None:
        """key: of data/secret.key."""
        self.state = state
        self.clock = clock
        self.key = key
        self.registry = registry
        self.supervisor = Supervisor(registry, lending, told=self._told)
        self.written = EMPTY
        self._seen: Sequence[Watched] = ()
        self._streams: dict[str, Streams] = {}
        """By camera, as last told."""
        self._due: dict[str, int] = {}
        """Instance → wall time (µs) at which it must be asked again."""
        self._asked: dict[str, int] = {}
        """Instance → monotonic time (µs) of the last question."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._once_more: set[str] = set()
        self._subscribers: set[Callable[[], None]] = set()
        self._stirred = asyncio.Event()
        """Set when an instance is in another state."""
        self._open = False
        """Whether devices are held open; a command that works alone only reads and writes."""

    def watched(self) -> Sequence[Watched]:
        """Every watched camera, in the order in which they were added."""
        return self._seen

    def report(self, instance: str) -> Report | None:
        """How the instance of a device is; None where none is held open."""
        return self.supervisor.reports.get(instance)

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call this whenever `watched` may answer anew. Returns the undo."""
        self._subscribers.add(changed)
        return lambda: self._subscribers.discard(changed)

    async def settled(self, instance: str, seconds: float) -> None:
        """Wait until it is known how the instance opened, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (report := self.report(instance)) and report.state is Condition.OPENING:
                    self._stirred.clear()
                    await self._stirred.wait()

    def needed(self, camera: str) -> None:
        """The source of this camera is spent: ask its plugin for another."""
        for lens in self.written.lenses:
            if lens.camera == camera:
                self._ask(lens.instance)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold every device open while the block runs."""
        async with self.supervisor:
            self._open = True
            await self.reload()
            rounds = asyncio.create_task(self._rounds(), name="sources that expire")
            try:
                yield
            finally:
                self._open = False
                rounds.cancel()
                for task in tuple(self._asking.values()):
                    task.cancel()
                await asyncio.gather(rounds, *self._asking.values(), return_exceptions=True)

    async def look(self) -> None:
        """Read what the catalogue says now. Raises StateError."""
        self.written = await self.state.read(partial(office.written, key=self.key))

    async def reload(self) -> None:
        """Take over what the catalogue says now. Raises StateError."""
        before = self.written
        await self.look()
        if self._open:
            self._hold(before)
        there = {lens.camera for lens in self.written.lenses}
        self._streams = {one: said for one, said in self._streams.items() if one in there}
        self._changed()

    def _hold(self, before: Written) -> None:
        """Hold open what there is now; ask anew where cameras were added."""
        fresh = {one.id: one for one in opened(self.written)}
        for instance in {one.instance for one in before.instances} - fresh.keys():
            self.supervisor.take_away(instance)
            self._due.pop(instance, None)
        known = {lens.camera for lens in before.lenses}
        added = {lens.instance for lens in self.written.lenses if lens.camera not in known}
        for instance, one in fresh.items():
            self.supervisor.put(one)
            report = self.report(instance)
            if instance in added and report is not None and report.state is Condition.LIVE:
                self._ask(instance)

    def _watched(self, lens: Lens) -> Watched:
        said = self._streams.get(lens.camera)
        return Watched(
            camera=lens.camera,
            name=lens.name,
            uplink=lens.uplink,
            rules=lens.rules,
            streams=None if said is None else said.sources,
            audio=said is not None and said.audio,
        )

    def _changed(self) -> None:
        self._seen = tuple(self._watched(one) for one in self.written.lenses)
        for subscriber in tuple(self._subscribers):
            subscriber()

    def _told(self, report: Report) -> None:
        """A supervised instance is in another state."""
        self._stirred.set()
        if report.state is Condition.LIVE:
            self._asked.pop(report.instance, None)
            self._ask(report.instance)

    def _ask(self, instance: str) -> None:
        """Have it asked where its streams are, now or right after the question under way."""
        if instance in self._asking:
            self._once_more.add(instance)
            return
        task = asyncio.create_task(self._answer(instance), name=f"streams of {instance}")
        self._asking[instance] = task
        task.add_done_callback(partial(self._answered, instance))

    def _answered(self, instance: str, task: asyncio.Task[None]) -> None:
        del self._asking[instance]
        if task.cancelled():
            return
        if error := task.exception():
            log.error("a fault of Ronda with the streams of %s", instance, exc_info=error)
        if instance in self._once_more:
            self._once_more.discard(instance)
            self._ask(instance)

    async def _answer(self, instance: str) -> None:
        last = self._asked.get(instance)
        if last is not None:
            wait = last + OFTEN - self.clock.monotonic()
            if wait > 0:
                await asyncio.sleep(wait / SECOND)
        self._asked[instance] = self.clock.monotonic()
        self._due.pop(instance, None)
        try:
            found = await self.supervisor.call(instance, streams.details)
            await self._note(instance, found)
            await self._first(instance, found)
            for lens in [one for one in self.written.lenses if one.instance == instance]:
                await self._sources(lens, found)
        except ContractError as error:
            log.warning("where the streams of %s are is not known: %s", self._name(instance), error)
            self._due[instance] = self.clock.wall() + AGAIN
        except StateError as error:
            log.warning("the channels of %s are not stored yet: %s", self._name(instance), error)
            self._due[instance] = self.clock.wall() + AGAIN

    async def _note(self, instance: str, found: DeviceDetails) -> None:
        """Keep what it says of itself, when that is news."""
        device = next((one for one in self.written.devices if one.instance == instance), None)
        if device is None:
            return
        said = told_by(found)
        marks = frozenset(self.written.identities.get(device.device, ()))
        known = Told(
            manufacturer=device.manufacturer,
            model=device.model,
            firmware=device.firmware,
            marks=marks,
        )
        if said != known:
            await self.state.write(partial(note, device=device.device, told=said), now=True)
            await self.reload()  # whatever else was changed meanwhile is taken over with it

    async def _first(self, instance: str, found: DeviceDetails) -> None:
        """A device that was stored without being asked gets its cameras when it first answers."""
        device = next((one for one in self.written.devices if one.instance == instance), None)
        if device is None or any(one.device == device.device for one in self.written.channels):
            return
        channels = channels_of(device.name, found)
        watched = partial(register.watch_all, clock=self.clock, device=device, channels=channels)
        await self.state.write(watched, now=True)
        await self.reload()

    async def _sources(self, lens: Lens, found: DeviceDetails) -> None:
        channel = next((one for one in found.channels if one.id == lens.key), None)
        if channel is None:
            log.warning("%s has no channel %r any more", lens.device_name, lens.key)
            return
        said = await self.supervisor.call(
            lens.instance, lambda device: streams.asked(device, channel)
        )
        due = streams.due(said, self.clock.wall())
        if due is not None:
            self._due[lens.instance] = min(due, self._due.get(lens.instance, due))
        if self._streams.get(lens.camera) != said:
            self._streams[lens.camera] = said
            self._changed()

    def _name(self, instance: str) -> str:
        names = (one.name for one in self.written.devices if one.instance == instance)
        return next(names, instance)

    async def _rounds(self) -> None:
        while True:
            now = self.clock.wall()
            for instance in [one for one, due in self._due.items() if now >= due]:
                del self._due[instance]
                self._ask(instance)
            await asyncio.sleep(ROUND)


def opened(written: Written) -> Iterator[Instance]:
    """The instances as plugins open them, secrets in clear; without those that do not open."""
    for one in written.instances:
        if why := written.sealed.get(one.instance):
            # Without its login it must not be opened: a wrong one locks accounts.
            log.error(
                "the login of %s cannot be read (%s); put back data/secret.key, or remove the "
                "device and add it again",
                one.title,
                why,
            )
            continue
        yield Instance(
            id=one.instance,
            kind=Kind.VENDOR,
            provider=one.provider,
            stored=joined(one.config, written.secrets[one.instance]),
            version=one.config_version,
        )
