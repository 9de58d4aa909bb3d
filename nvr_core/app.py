"""The server put together by hand, in the order in which its parts need each other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import nvr_core
from nvr_core import admin
from nvr_core.admin.office import Office
from nvr_core.admin.serving import serving
from nvr_core.clock import Clock
from nvr_core.recording.reads import Busy
from nvr_core.recording.service import Recording
from nvr_core.settings import Settings, runtime_folder
from nvr_core.state.catalogue import State
from nvr_core.state.opening import opened
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
    recording: Recording
    storage: Storage

    @staticmethod
    def ready() -> None:
        """Say to systemd that the page can be opened."""
        notify.ready()


def start_log() -> None:
    """Log as the recorders and the analyst do."""
    log.start("server")


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncIterator[Ronda]:
    """Everything that the server does besides its pages.

    Raises REFUSALS; among them Held, when another server of this data folder runs.
    """
    runtime = runtime_folder(settings)
    # The catalogue has a lock of its own: runtime folders differ between a shell and systemd.
    with single(runtime / "server.lock"):
        async with opened(settings.data, clock) as state:
            recording = Recording(settings, runtime, clock, state)
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
                follows=True,
            )
            async with (
                recording.running(),
                beside("signs of life", _alive()),
                beside("room on the volumes", _keep_room(recording, storage)),
                serving(runtime / admin.NAME, office),
            ):
                try:
                    yield Ronda(settings, clock, ZONE, state, recording, storage)
                finally:
                    notify.stopping()
                    await storage.stop()


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


async def _alive() -> None:
    while True:
        notify.watchdog()
        await asyncio.sleep(HEARTBEAT)


async def _keep_room(recording: Recording, storage: Storage) -> None:
    """Delete what must go, and say what recorders may delete while no server is there."""
    await recording.level()
    said = ""
    while True:
        try:
            await storage.round()
            await recording.reclaim(await storage.reclaim())
            said = ""
        except (SentenceError, Busy, OSError) as error:
            if str(error) != said:
                said = str(error)
                logging.getLogger(__name__).warning("the volumes were not looked after: %s", error)
        await asyncio.sleep(ROUND)
