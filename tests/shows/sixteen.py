"""Sixteen streams of one device, a wrong password, and recorders that are killed meanwhile.

The device locks itself after two wrong logins: a third would show in all that comes later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from nvr_core.simulators import CameraSpec, Faults, simulate
from nvr_core.simulators.camera import Camera
from nvr_core.simulators.guard import Guard
from nvr_core.wire import link
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import Cause, GapOpened, Numbered, StreamState
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import Login, Source, StreamWant
from tests.shows.figures import Row
from tests.shows.life import Life
from tests.shows.office import LOOPS, Office
from tests.shows.sealing import seal_want

STREAMS = 16
LIVES = 4
PATIENCE = 60.0
RIGHT, WRONG = Login(user="admin", password="rahasia"), Login(user="admin", password="salah")


def wants(office: Office, url: str, cameras: Sequence[str], login: Login) -> list[StreamWant]:
    return [
        StreamWant(
            camera=camera,
            stream="main",
            source=Source(url=url, login=login),
            login_group="recorder in the shed",
            volume=str(office.volume),
        )
        for camera in cameras
    ]


async def until_all(office: Office, state: str) -> set[Cause]:
    """Wait until every stream says that it is in this state. Returns the causes told meanwhile."""
    streams: dict[str, str] = {}
    causes: set[Cause] = set()
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                async with link.connected(office.runtime / "rtsp.sock") as line:
                    async for message in line:
                        fact = message.fact if isinstance(message, Numbered) else message
                        if isinstance(fact, GapOpened):
                            causes.add(fact.cause)
                        if isinstance(fact, StreamState):
                            streams[fact.camera] = fact.state
                            if list(streams.values()).count(state) == STREAMS:
                                return causes
            except (SentenceError, OSError):
                await asyncio.sleep(0.1)  # it has not started to listen yet


def wrong(camera: Camera) -> int:
    """Logins that the device had to refuse."""
    return sum(not attempt.accepted for attempt in camera.logins)


async def sixteen(row: Row, folder: Path) -> None:
    """Count the logins at the device, over kills and starts."""
    office = Office.at(folder / "disk", folder / "memory")
    office.prepare([])
    names = [new_id(office.clock) for _ in range(STREAMS)]
    life = Life(office, folder / "log", "--retry-limit", "0.2")
    spec = CameraSpec(
        name="nvr",
        width=320,
        height=180,
        seconds=12,
        label="switch",
        scene="pos",
        user=RIGHT.user,
        password=RIGHT.password,
        faults=Faults(lock_after=2),
    )
    async with simulate([spec], cache=LOOPS) as site:
        device = site.camera("nvr")
        seal_want(office, wants(office, site.url("nvr"), names, WRONG))
        for number in range(LIVES):
            await life.begin()
            await until_all(office, "parked")
            await asyncio.sleep(2)
            await (life.kill() if number % 2 else life.stop())
        row.figure("starts with a wrong password, streams", f"{LIVES}, {STREAMS}")
        row.figure("logins at the device", len(device.logins), at_most=1, at_least=1)
        seal_want(office, wants(office, site.url("nvr"), names, RIGHT))
        await life.begin()
        await until_all(office, "recording")
        row.figure("wrong logins after the right password came", wrong(device), at_most=1)
        device.guard = Guard(RIGHT.user, "diganti", "digest")
        device.drop()
        await asyncio.sleep(10)
        row.figure(
            "logins within 10 s of a changed password, 16 streams dropped",
            len(device.logins),
            at_most=1,
            at_least=1,
        )
        await life.stop()
