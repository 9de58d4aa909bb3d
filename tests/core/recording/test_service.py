from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nvr_core import settings
from nvr_core.clock import SystemClock
from nvr_core.recording import links, service
from nvr_core.recording.service import Recording
from nvr_core.testing.stand_in import StandIn
from nvr_core.testing.story import Story
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
def recording(tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    monkeypatch.setattr(links, "AGAIN", 0.02)
    monkeypatch.setattr(links, "SETTLED", 0.01)
    monkeypatch.setattr(links, "MISSED", 0.05)
    monkeypatch.setattr(service, "ROUND", 0.02)
    monkeypatch.setattr(service, "ROUNDS_A_DELETION", 2)
    chosen = settings.parse(TOML, tmp_path / "ronda.toml")
    return Recording(chosen, runtime, Noon())


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
    mawar, dermaga = recording.cameras
    assert (mawar.recorder, dermaga.recorder) == ("rtsp", "av")
    async with recording.running():
        await until(recording, lambda: recording.silent() == ["av"])
        assert recording.state(dermaga).word == "unknown"
        recorder.tell(Story(mawar.id, wall=NOON).state("recording"))
        await until(recording, lambda: recording.state(mawar).word == "recording")


async def test_a_recorder_without_cameras_is_not_missed(
    tmp_path: Path, runtime: Path, recorder: StandIn
) -> None:
    toml = TOML.partition('[[camera]]\nname = "Dermaga"')[0]
    chosen = settings.parse(toml, tmp_path / "ronda.toml")
    recording = Recording(chosen, runtime, Noon())
    async with recording.running():
        await until(recording, lambda: recording.silent() == [])


async def test_the_journal_may_forget_only_what_the_index_does_not_stand_on(
    recording: Recording, recorder: StandIn
) -> None:
    """Old states and deleted footage go; footage and gaps that are shown stay."""
    story = Story(recording.cameras[0].id, wall=NOON)
    recorder.tell(story.state("connecting"), story.state("recording"))
    async with recording.running():
        await until(recording, lambda: recording.links["rtsp"].lost is None and recorder.lines)
        opened = story.begin()
        recorder.tell(opened, story.fragment(), story.close())
        recorder.tell(*story.gap(5))
        # 1 and 2 are states, 3 and 4 a segment's opening and closing, 5 and 6 a gap's.
        assert await highest(recorder, 3) == 3, "the closing says all that the opening did"
        recording.footage.forget(opened.segment)
        assert await highest(recorder, 4) == 4, "the gap is of today and stays"


async def test_the_journal_may_not_forget_a_notice_that_is_shown(
    recording: Recording, recorder: StandIn
) -> None:
    story = Story(recording.cameras[0].id, wall=NOON)
    recorder.tell(story.state("recording"), Notice(code="disk-lost", sentence="It is gone."))
    async with recording.running():
        recorder.tell(*story.whole())
        assert await highest(recorder, 1) == 1
        recorder.tell(Notice(code="disk-well", sentence="It is back."))
        assert await highest(recorder, 3) == 3


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
