"""The server put together by hand, in the order in which its parts need each other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import nvr_core
from nvr_core import admin
from nvr_core.admin.office import Office
from nvr_core.admin.serving import serving
from nvr_core.clock import Clock
from nvr_core.devices.building import built
from nvr_core.devices.entering import entry
from nvr_core.devices.ids import ids_of
from nvr_core.devices.service import Devices
from nvr_core.discovery.service import Discovery
from nvr_core.host.blame import Suspects
from nvr_core.host.finding import Loading as Loading
from nvr_core.host.heartbeat import Heartbeat
from nvr_core.host.redaction import Redaction
from nvr_core.recording.reads import Busy
from nvr_core.recording.service import Recording
from nvr_core.scheduling import ALWAYS, Jobs, Keep, PolicyError, keep, restored
from nvr_core.settings import Settings, runtime_folder
from nvr_core.state.catalogue import State
from nvr_core.state.filed import enter
from nvr_core.state.opening import opened
from nvr_core.storage import nightly
from nvr_core.storage.service import Storage
from nvr_core.storage.trusting import ClockTrust
from nvr_core.wire import log, notify
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.installation import installation_id
from nvr_core.wire.kernel_clock import kernel_clock
from nvr_core.wire.lock import single

ZONE = ZoneInfo("Asia/Jakarta")
"""The office's zone, WIB: times are stored in UTC and shown in it."""


class CannotStart(SentenceError):
    """The server cannot do its work here."""


REFUSALS = (SentenceError, ValueError, OSError)
"""What `running` raises when the server cannot start; the texts say what to do."""
ROUND = 30.0
"""Seconds between looks at how full the volumes are."""
HEARTBEAT = 5.0
"""Seconds between signs of life for systemd's watchdog."""


@dataclass(frozen=True)
class Ronda:
    """A running server, for whatever shows it."""

    settings: Settings
    clock: Clock
    zone: ZoneInfo
    state: State
    """The open catalogue."""
    devices: Devices
    recording: Recording
    storage: Storage
    heartbeat: Heartbeat
    """How well the loop keeps up."""

    @staticmethod
    def ready() -> None:
        """Say to systemd that the page can be opened."""
        notify.ready()


def start_log() -> None:
    """Log as the recorders and the analyst do."""
    log.start("server")


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock, loading: Loading | None = None
) -> AsyncIterator[Ronda]:
    """Everything that the server does besides its pages.

    loading: which plugins take part; None: as the settings say. Raises REFUSALS; among them Held,
    when another server of this data folder runs.
    """
    runtime = runtime_folder(settings)
    redaction = Redaction()
    # The catalogue has a lock of its own: runtime folders differ between a shell and systemd.
    with single(runtime / "server.lock"), redaction.guarding():
        async with opened(settings.data, clock) as state:
            devices = built(
                settings.data, state, clock, loading or chosen_plugins(settings), redaction
            )
            await _enter(settings, devices)
            recording = Recording(settings, runtime, clock, state, devices, _hours)
            devices.subscribe(recording.renew)
            storage = Storage(
                state,
                clock,
                recording.reads.run,
                installation=installation_id(settings.data, clock),
                trust=ClockTrust(clock, lambda: kernel_clock().synchronised),
                days=settings.storage.days,
            )
            office = Office(
                state=state,
                clock=clock,
                zone=ZONE,
                version=nvr_core.__version__,
                storage=storage,
                devices=devices,
                discovery=Discovery(devices.registry, clock),
                follows=True,
            )
            heartbeat = Heartbeat(Suspects(devices.registry))
            jobs = Jobs(clock, ZONE)
            async with (
                heartbeat.beating(),
                devices.running(),
                recording.running(),
                beside("signs of life", _alive()),
                beside("the jobs", _jobs(jobs, recording, storage)),
                serving(runtime / admin.NAME, office),
            ):
                try:
                    yield Ronda(
                        settings, clock, ZONE, state, devices, recording, storage, heartbeat
                    )
                finally:
                    notify.stopping()
                    await storage.stop()


def chosen_plugins(
    settings: Settings, *, folder: Path | None = None, safe: bool = False
) -> Loading:
    """Which plugins take part, as ronda.toml says; folder and safe: as the command line does."""
    plugins = settings.plugins
    return Loading(
        plugins_dir=folder or plugins.folder, safe=safe, blocked=frozenset(plugins.blocked)
    )


@asynccontextmanager
async def beside(name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do this work while the block runs."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _enter(settings: Settings, devices: Devices) -> None:
    """The cameras of ronda.toml stand in the catalogue, as all others do."""
    ids = ids_of(
        [one.name for one in settings.camera], settings.data / "cameras.json", devices.clock
    )
    entries = [entry(one, ids[one.name]) for one in settings.camera]
    entering = partial(enter, clock=devices.clock, key=devices.key, entries=entries)
    await devices.state.write(entering, now=True)


def _hours(rules: Mapping[str, object] | None, now: int) -> Keep:
    """When a camera is kept that has these rules."""
    try:
        policy = ALWAYS if rules is None else restored(rules)
    except PolicyError as error:
        # Of a newer version, or damaged: what is kept too much can be deleted later.
        logging.getLogger(__name__).error("%s; the camera is kept always until then", error)
        policy = ALWAYS
    return keep(policy, ZONE, now)


async def _alive() -> None:
    while True:
        notify.watchdog()
        await asyncio.sleep(HEARTBEAT)


async def _jobs(jobs: Jobs, recording: Recording, storage: Storage) -> None:
    """What is done every so often and every night, once all that recorders told is known."""
    await recording.level()
    state, clock = storage.state, storage.clock
    room = Room(recording, storage)
    await room.look()
    jobs.every("room", ROUND, room.look)
    check = partial(nightly.check, state, clock, storage)
    jobs.daily(nightly.NAME, nightly.AT, check, last=await nightly.last(state))
    async with jobs:
        await asyncio.get_running_loop().create_future()


class Room:
    """Deletes what must go, and says what recorders may delete while no server is there."""

    def __init__(self, recording: Recording, storage: Storage) -> None:
        self._recording = recording
        self._storage = storage
        self._said = ""

    async def look(self) -> None:
        """Once. What goes wrong is logged when it is new."""
        try:
            await self._storage.round()
            await self._recording.reclaim(await self._storage.reclaim())
            self._said = ""
        except (SentenceError, Busy, OSError) as error:
            if str(error) != self._said:
                self._said = str(error)
                logging.getLogger(__name__).warning("the volumes were not looked after: %s", error)
