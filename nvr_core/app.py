"""The server put together by hand, in the order in which its parts need each other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nvr_core.clock import Clock
from nvr_core.recording.service import Recording
from nvr_core.settings import Settings, runtime_folder
from nvr_core.wire import log, notify
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.lock import single

ZONE = ZoneInfo("Asia/Jakarta")
"""The office's zone, WIB: times are stored in UTC and shown in it."""


class CannotStart(SentenceError):
    """The server cannot do its work here."""


REFUSALS = (SentenceError, ValueError, OSError)
"""What `running` raises when the server cannot start; the texts say what to do."""
HEARTBEAT = 5.0
"""Seconds between signs of life for systemd's watchdog."""


@dataclass(frozen=True)
class Ronda:
    """A running server, for whatever shows it."""

    settings: Settings
    clock: Clock
    zone: ZoneInfo
    recording: Recording

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
    settings.data.mkdir(parents=True, exist_ok=True)
    # Runtime folders differ between a shell and systemd; two servers must not delete one footage.
    with single(runtime / "server.lock"), single(settings.data / "server.lock"):
        recording = Recording(settings, runtime, clock)
        async with recording.running():
            alive = asyncio.create_task(_alive(), name="signs of life")
            try:
                yield Ronda(settings, clock, ZONE, recording)
            finally:
                notify.stopping()
                alive.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await alive


async def _alive() -> None:
    while True:
        notify.watchdog()
        await asyncio.sleep(HEARTBEAT)
