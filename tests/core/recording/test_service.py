from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nvr_core import settings
from nvr_core.clock import SystemClock
from nvr_core.recording import links, service, storing
from nvr_core.recording.service import Recording
from nvr_core.state.catalogue import State
from nvr_core.testing.stand_in import StandIn
from nvr_core.testing.story import Story
from nvr_core.testing.watched import Written, hours
from nvr_core.wire.facts import Durable, Notice
from tests.core.recording.conftest import NOON

TOML = """
[storage]
limit = "64 MiB"
[[camera]]
name = "Gang Mawar"
main = "rtsp://10.0.0.7/1"
[[camera]]
name = "Dermaga"
main = "loop.mp4"
"""


class Noon(SystemClock):
    def wall(self) -> int:
        return NOON + 60_000_000


@pytest.fixture
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ronda-") as folder:
        yield Path(folder)


@pytest.fixture
def recording(
    tmp_path: Path, runtime: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> Recording:
    monkeypatch.setattr(links, "AGAIN", 0.02)
    monkeypatch.setattr(links, "SETTLED", 0.01)
    monkeypatch.setattr(links, "MISSED", 0.05)
    monkeypatch.setattr(service, "ROUND", 0.02)
    monkeypatch.setattr(storing, "ROUND", 0.02)
    return made(settings.parse(TOML, tmp_path / "ronda.toml"), runtime, state)


def made(chosen: settings.Settings, runtime: Path, state: State) -> Recording:
    return Recording(chosen, runtime, Noon(), state, Written(chosen, Noon()), hours)


@pytest.fixture
async def recorder(tmp_path: Path, runtime: Path) -> AsyncIterator[StandIn]:
    recorder = StandIn(tmp_path / "data", runtime)
    async with recorder.serving():
        yield recorder


async def until(recording: Recording, right: object) -> None:
    assert callable(right)
    heard = asyncio.Event()
    undo = recording.subscribe(heard.set)
    async with asyncio.timeout(10):
        while not right():
            heard.clear()
            await heard.wait()
    undo()


async def test_each_camera_hangs_on_its_own_recorder(
    recording: Recording, recorder: StandIn
) -> None:
    async with recording.running():
        mawar, dermaga = recording.cameras
        assert (mawar.recorder, dermaga.recorder) == ("rtsp", "av")
        await until(recording, lambda: recording.silent() == ["av"])
        assert recording.state(dermaga).word == "unknown"
        recorder.tell(Story(mawar.id, wall=NOON).state("recording"))
        await until(recording, lambda: recording.state(mawar).word == "recording")


async def test_a_recorder_without_cameras_is_not_missed(
    tmp_path: Path, runtime: Path, state: State, recorder: StandIn
) -> None:
    toml = TOML.partition('[[camera]]\nname = "Dermaga"')[0]
    chosen = settings.parse(toml, tmp_path / "ronda.toml")
    recording = made(chosen, runtime, state)
    async with recording.running():
        await until(recording, lambda: recording.silent() == [])


async def test_the_journal_may_forget_what_the_catalogue_holds(
    recording: Recording, recorder: StandIn
) -> None:
    story = Story(recording.cameras[0].id, wall=NOON)
    recorder.tell(story.state("connecting"), story.state("recording"))
    async with recording.running():
        await until(recording, lambda: recording.links["rtsp"].lost is None and recorder.lines)
        recorder.tell(story.begin(), story.fragment(), story.close())
        recorder.tell(*story.gap(5))
        # 1 and 2 are states, 3 and 4 a segment's opening and closing, 5 and 6 a gap's.
        assert await highest(recorder, 6) == 6
        gaps = await recording.archive.gaps(story.camera, "main", NOON, NOON + 60_000_000)
        assert [(gap.began, gap.ended) for gap in gaps] == [(NOON + 500_000, NOON + 5_500_000)]
        spans = await recording.archive.spans(story.camera, "main", NOON, NOON + 60_000_000, 0)
        assert spans == [(NOON, NOON + 500_000)]


async def test_a_server_that_starts_knows_gaps_and_notices_from_before(
    tmp_path: Path, recording: Recording, runtime: Path, state: State, recorder: StandIn
) -> None:
    camera = recording.cameras[0]
    opened, _ = Story(camera.id, wall=NOON).gap(5)
    recorder.tell(opened, Notice(code="disk-lost", sentence="It is gone."), at=NOON)
    async with recording.running():
        assert await highest(recorder, 2) == 2
    shutil.rmtree(tmp_path / "data" / "journal")
    again = made(settings.parse(TOML, tmp_path / "ronda.toml"), runtime, state)
    async with again.running():
        await until(again, lambda: again.links["rtsp"].lost is None)
        assert again.state(camera).cause == "camera-unreachable"
        assert [told.notice.code for told in again.notices.standing(NOON)] == ["disk-lost"]


async def test_a_camera_records_since_before_this_server(
    tmp_path: Path, recording: Recording, runtime: Path, state: State, recorder: StandIn
) -> None:
    story = Story(recording.cameras[0].id, wall=NOON)
    recorder.tell(*story.gap(5), story.state("recording"), *story.whole(), at=NOON + 5_000_000)
    async with recording.running():
        await highest(recorder, 5)
    recorder.present = [story.state("recording")]
    again = made(settings.parse(TOML, tmp_path / "ronda.toml"), runtime, state)
    async with again.running():
        await until(again, lambda: again.state(again.cameras[0]).well)
        assert again.state(again.cameras[0]).since == NOON + 5_000_000


async def test_a_camera_that_left_ronda_toml_ends_and_keeps_its_footage(
    tmp_path: Path, recording: Recording, runtime: Path, state: State, recorder: StandIn
) -> None:
    story = Story(recording.cameras[0].id, wall=NOON)
    recorder.tell(*story.whole(), story.gap(5)[0])
    async with recording.running():
        await highest(recorder, 3)
    fewer = settings.parse(TOML.replace("Gang Mawar", "Gang Melati"), tmp_path / "ronda.toml")
    again = made(fewer, runtime, state)
    async with again.running():
        async with asyncio.timeout(10):
            while any(  # noqa: ASYNC110 -- nothing tells of what ends in the catalogue
                gap.ended is None
                for gap in await again.archive.gaps(story.camera, "main", NOON, NOON + 60_000_000)
            ):
                await asyncio.sleep(0.02)
        spans = await again.archive.spans(story.camera, "main", NOON, NOON + 60_000_000, 0)
        assert spans == [(NOON, NOON + 2_000_000)]
    assert [one.name for one in again.cameras] == ["Gang Melati", "Dermaga"]


async def highest(recorder: StandIn, number: int) -> int:
    """The acknowledgement that is at least so high, or the last one that came."""
    got = 0
    async with asyncio.timeout(10):
        while got < number:
            got = await recorder.acks.get()
    return got


async def test_a_ring_that_a_recorder_no_longer_holds_is_forgotten(
    recording: Recording, recorder: StandIn
) -> None:
    ring = Story(recording.cameras[0].id, ring=True, wall=NOON)
    async with recording.running():
        await until(recording, lambda: recording.links["rtsp"].lost is None and recorder.lines)
        recorder.tell(*ring.whole())
        await until(recording, lambda: len(list(recording.footage)) == 1)
        start = ring.wall
        recorder.present = [ring.whole()[-1]]
        recorder.hang_up()
        await until(
            recording,
            lambda: [one.start for one in recording.footage] == [start],
        )


async def test_a_segment_is_whole_in_the_index_though_news_were_missed(
    recording: Recording, recorder: StandIn, tmp_path: Path
) -> None:
    story = Story(recording.cameras[0].id, folder=tmp_path, wall=NOON)
    opened = story.begin()
    story.fragment()
    story.fragment()
    recorder.tell(opened)
    async with recording.running():
        await recording.links["rtsp"].read.wait()
        found = recording.footage.segment(opened.segment)
        assert found is not None
        async with asyncio.timeout(10):
            while not found.parts:  # noqa: ASYNC110 -- nothing tells of what is read back
                await asyncio.sleep(0.01)
        assert len(found.parts) == 1


async def test_what_changes_no_state_wakes_nobody(recording: Recording, recorder: StandIn) -> None:
    story = Story(recording.cameras[0].id, wall=NOON)
    async with recording.running():
        await until(recording, lambda: recording.links["rtsp"].lost is None and recorder.lines)
        recorder.tell(story.begin())
        await until(recording, lambda: list(recording.footage))
        woken: list[int] = []
        recording.subscribe(lambda: woken.append(1))
        recorder.tell(Durable(volume="/srv", through=1, sync_us=1), story.fragment())
        recorder.tell(story.state("recording"))
        await until(recording, lambda: recording.state(recording.cameras[0]).well)
        assert len(woken) == 1
