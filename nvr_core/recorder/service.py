"""A recorder as a program: it serves wants on its socket, records, and is renewed or ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal

from nvr_core.recorder.bequest import Bequest
from nvr_core.recorder.renewal import Renewal
from nvr_core.recorder.running import Running, Setting, last_want, recording, take
from nvr_core.recorder.serving import Serving
from nvr_core.recorder.successor import End, Successor
from nvr_core.wire import notify
from nvr_core.wire.lock import Lock
from nvr_core.wire.wants import Want

log = logging.getLogger(__name__)

BURIAL = 3.0
"""Seconds that a successor has to end, once we have."""


class Service:
    """What goes on between a recorder's start and its end."""

    def __init__(self, running: Running, lock: Lock) -> None:
        """lock: the runtime folder's."""
        self._running = running
        self._lock = lock
        self._renewal: Renewal | None = None
        setting = running.setting
        self.serving = Serving(
            setting.runtime / f"{setting.name}.sock",
            running.telling,
            present=running.recorder.present,
            wanted=self.want,
            acknowledged=self._acknowledged,
        )

    def want(self, want: Want) -> None:
        """Do what is wanted from now on, and after a restart too: what is in force is stored."""
        if self._renewal is not None:
            self._renewal.want = want  # streams that move are not changed meanwhile
            return
        take(self._running, want)

    def _acknowledged(self, number: int) -> None:
        if self._renewal is None:  # else the successor's facts have a say too, and it is told again
            self._running.recorder.acknowledged(number)

    async def until(self, ended: asyncio.Event, asked: asyncio.Event) -> None:
        """Record until told to end, or until a successor does. asked: somebody wants one."""
        while not ended.is_set():
            await _first(ended, asked)
            if ended.is_set():
                return
            locks = (self._lock, self._running.lock)
            renewal = self._renewal = Renewal(self._running, locks, self.serving.stop)
            work = asyncio.create_task(renewal.run(), name="renewal")
            try:
                await _first(ended, work)
                if not work.done() and not renewal.final:
                    work.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await work
                    return
                if await work:
                    return
            finally:
                if not renewal.final and not ended.is_set():
                    self._renewal = None
            if renewal.want is not None:
                self.want(renewal.want)
            asked.clear()  # asking twice is asking once

    async def bury(self) -> None:
        """Leave no successor behind that has not taken over."""
        if self._renewal is not None:
            await self._renewal.bury(BURIAL)


async def run(setting: Setting, lock: Lock, bequest: Bequest | None = None) -> None:
    """Serve wants on the socket and record until SIGTERM or SIGINT. SIGUSR2 renews the recorder.

    lock: the runtime folder's.
    """
    loop = asyncio.get_running_loop()
    ended, asked = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    loop.add_signal_handler(signal.SIGUSR2, asked.set)
    service: Service | None = None
    try:
        async with recording(setting, bequest) as running:
            service = Service(running, lock)
            successor: Successor | None = None
            if bequest is not None:
                successor = Successor(bequest, running)
                if await successor.run(ended) is End.STOPPED:
                    return
                if successor.want is not None:
                    service.want(successor.want)
            elif (want := last_want(setting, running.key)) is not None:
                running.recorder.want(want)
            await service.serving.start()
            try:
                if successor is not None:
                    successor.signed()
                    asked.clear()
                notify.ready()
                log.info("recording")
                await service.until(ended, asked)
                notify.stopping()
            finally:
                await service.serving.stop()
    finally:
        if service is not None:
            await service.bury()


async def _first(event: asyncio.Event, *others: asyncio.Event | asyncio.Task[bool]) -> None:
    """Wait until one of them is set or done."""
    made = [
        asyncio.create_task(one.wait())
        for one in (event, *others)
        if isinstance(one, asyncio.Event)
    ]
    tasks = [one for one in others if isinstance(one, asyncio.Task)]
    try:
        await asyncio.wait([*made, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in made:
            task.cancel()
