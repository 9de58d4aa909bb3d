"""A server with its pages around a recorder that is only a voice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from nvr_core import settings
from nvr_core.app import Ronda
from nvr_core.clock import SECOND, SystemClock
from nvr_core.devices.building import built
from nvr_core.host.blame import Suspects
from nvr_core.host.finding import Loading
from nvr_core.host.heartbeat import Heartbeat
from nvr_core.host.redaction import Redaction
from nvr_core.recording import links, storing
from nvr_core.recording.service import Recording
from nvr_core.state.opening import opened
from nvr_core.storage.service import Storage
from nvr_core.storage.trusting import ClockTrust
from nvr_core.testing.stand_in import StandIn
from nvr_core.testing.story import Story
from nvr_core.testing.watched import Written, hours
from nvr_core.wire.installation import installation_id
from nvr_web.routes import application

NOON = 1_795_496_400 * SECOND
"""24 November 2026, 12.00 WIB."""

TOML = """
[storage]
limit = "1 GiB"
[[camera]]
name = "Gang Mawar"
main = "rtsp://10.0.0.7/1"
sub = "rtsp://10.0.0.7/2"
[[camera]]
name = "<b>Pos & Ronda</b>"
main = "rtsp://10.0.0.8/1"
"""


class Wall(SystemClock):
    """Stands at a quarter past noon."""

    now = NOON + 900 * SECOND

    def wall(self) -> int:
        return self.now


async def eventually(right: Callable[[], object]) -> None:
    """Wait for what nothing tells of: bytes on their way, a task that ends."""
    async with asyncio.timeout(10):
        while not right():  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.01)


@dataclass
class Office:
    """What a test talks to."""

    client: TestClient[web.Request, web.Application]
    recording: Recording
    recorder: StandIn
    story: Story
    """The main stream of Gang Mawar, from noon on."""
    folder: Path
    clock: Wall

    @property
    def camera(self) -> str:
        return self.story.camera

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": str(self.client.make_url("/")).rstrip("/")}

    async def until(self, right: Callable[[], object]) -> None:
        """Wait until the server has heard enough."""
        heard = asyncio.Event()
        undo = self.recording.subscribe(heard.set)
        try:
            async with asyncio.timeout(10):
                while not right():
                    heard.clear()
                    await heard.wait()
        finally:
            undo()

    async def heard(self) -> None:
        """Wait until the server has heard, and stored, all that the recorder said so far."""
        number = self.recorder.number - 1
        link = self.recording.links["rtsp"]
        await eventually(lambda: min(link._last, link._ack) >= number)


@pytest.fixture
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ronda-") as folder:
        yield Path(folder)


@pytest.fixture
def toml() -> str:
    return TOML


@pytest.fixture
async def office(
    tmp_path: Path, runtime: Path, toml: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    monkeypatch.setattr(links, "AGAIN", 0.02)
    monkeypatch.setattr(links, "SETTLED", 0.01)
    monkeypatch.setattr(links, "MISSED", 0.05)
    chosen = settings.parse(toml, tmp_path / "ronda.toml")
    clock = Wall()
    monkeypatch.setattr(storing, "ROUND", 0.02)
    async with opened(chosen.data, clock, pause=0.01) as state:
        written = Written(chosen, clock)
        recording = Recording(chosen, runtime, clock, state, written, hours)
        camera = recording.cameras[0].id if recording.cameras else "none"
        story = Story(camera, folder=chosen.volume, wall=NOON)
        recorder = StandIn(chosen.data, runtime)
        storage = Storage(
            state,
            clock,
            recording.reads.run,
            installation=installation_id(chosen.data, clock),
            trust=ClockTrust(clock, lambda: True),
        )
        devices = built(chosen.data, state, clock, Loading(safe=True), Redaction())
        ronda = Ronda(
            chosen,
            clock,
            ZoneInfo("Asia/Jakarta"),
            state,
            devices,
            recording,
            storage,
            Heartbeat(Suspects(devices.registry)),
        )
        async with (
            recorder.serving(),
            recording.running(),
            TestClient(TestServer(application(ronda))) as client,
        ):
            office = Office(client, recording, recorder, story, chosen.volume, clock)
            await office.until(lambda: recording.links["rtsp"].lost is None and recorder.lines)
            yield office
