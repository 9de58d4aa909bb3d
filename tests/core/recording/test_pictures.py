from __future__ import annotations

import asyncio
import io
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest

from nvr_core.analyst.__main__ import draw
from nvr_core.clock import SECOND, SystemClock
from nvr_core.recording import past
from nvr_core.recording.archive import Archive
from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.past import KEPT, NothingRecorded, Past, at_moment
from nvr_core.recording.pictures import FRESH, Newest, NoPicture
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators import draw as drawn
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.testing.story import TIMESCALE, Story
from nvr_core.wire.facts import SegmentClosed, SegmentOpened
from tests.core.recording.conftest import NOON, Tell


class Steered(SystemClock):
    def __init__(self) -> None:
        self.now = FRESH * 10

    def monotonic(self) -> int:
        return self.now


@dataclass
class Analyst:
    """Answers each request with its own path as a "picture", or with an error."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    silent: bool = False
    """It takes requests and answers none."""
    lines: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.add(asyncio.current_task())
        while line := await reader.readline():
            said = json.loads(line)
            self.asked.append(said)
            if self.silent:
                continue
            picture = said["path"].encode()
            answer = {"error": self.error} if self.error else {"size": len(picture)}
            writer.write(json.dumps({"id": said["id"], **answer}).encode() + b"\n")
            if not self.error:
                writer.write(picture)
        writer.close()


@pytest.fixture
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ronda-") as folder:
        yield Path(folder)


@pytest.fixture
async def analyst(runtime: Path) -> AsyncIterator[Analyst]:
    analyst = Analyst()
    server = await asyncio.start_unix_server(analyst.serve, runtime / "analyst.sock")
    async with server:
        yield analyst
        await asyncio.gather(*(line for line in analyst.lines if line))


@pytest.fixture
def clock() -> Steered:
    return Steered()


@pytest.fixture
async def newest(
    analyst: Analyst, runtime: Path, footage: Footage, clock: Steered
) -> AsyncIterator[Newest]:
    newest = Newest(runtime, footage, clock)
    yield newest
    await newest.close()


def grows(footage: Footage, stream: str) -> Story:
    story = Story("gang", stream)
    for fact in (story.begin(), story.fragment(), story.fragment(key=False)):
        footage.apply(fact, Origin("rtsp"))
    return story


async def test_the_newest_key_frame_of_the_smaller_stream_is_asked_for(
    footage: Footage, newest: Newest, analyst: Analyst
) -> None:
    grows(footage, "main")
    assert b"main" in await newest.of("gang")
    sub = grows(footage, "sub")
    assert sub.opened is not None
    other = Newest(newest._analyst._socket.parent, footage, SystemClock())
    assert b"sub" in await other.of("gang")
    (_, asked) = analyst.asked
    first = sub.written[0]
    assert (asked["offset"], asked["size"], asked["init_size"]) == (
        first.offset, first.size, sub.opened.init_size,
    )  # fmt: skip
    await other.close()


async def test_many_who_ask_at_once_cost_one_decode(
    footage: Footage, newest: Newest, analyst: Analyst, clock: Steered
) -> None:
    grows(footage, "main")
    await asyncio.gather(*(newest.of("gang") for _ in range(10)))
    await newest.of("gang")
    assert len(analyst.asked) == 1
    clock.now += FRESH + 1
    await newest.of("gang")
    assert len(analyst.asked) == 2


async def test_who_hangs_up_does_not_take_the_picture_from_the_others(
    footage: Footage, newest: Newest, analyst: Analyst
) -> None:
    grows(footage, "main")
    first = asyncio.create_task(newest.of("gang"))
    second = asyncio.create_task(newest.of("gang"))
    await asyncio.sleep(0)
    first.cancel()
    assert b"main" in await second


async def test_a_refusal_is_not_remembered(
    footage: Footage, newest: Newest, analyst: Analyst
) -> None:
    grows(footage, "main")
    analyst.error = "the frame cannot be decoded"
    with pytest.raises(NoPicture, match="cannot be decoded"):
        await newest.of("gang")
    analyst.error = ""
    assert b"main" in await newest.of("gang")


async def test_a_camera_that_sends_nothing_has_no_picture(
    footage: Footage, newest: Newest, analyst: Analyst
) -> None:
    with pytest.raises(NoPicture, match="nothing of this camera"):
        await newest.of("gang")
    assert analyst.asked == []


@pytest.fixture
async def former(
    analyst: Analyst, runtime: Path, archive: Archive, clock: Steered
) -> AsyncIterator[Past]:
    former = Past(runtime, archive, clock)
    yield former
    await former.close()


async def test_a_moment_is_asked_for_in_the_part_that_holds_it(
    story: Story, tell: Tell, former: Past, analyst: Analyst
) -> None:
    tell(story.whole(groups=3))
    second = story.whole(groups=3)
    tell(second)
    closed = second[-1]
    assert isinstance(closed, SegmentClosed)
    moment = closed.start + 5 * SECOND // 4
    assert await former.of("gang", moment) == closed.path.encode()
    (asked,) = analyst.asked
    part = list(closed.parts)[1]
    assert (asked["offset"], asked["size"]) == (part.offset, part.size)
    assert asked["init_size"] == closed.init_size
    assert asked["at"] == closed.base + TIMESCALE * 5 // 4


async def test_what_follows_the_newest_key_frame_is_the_past_already(
    story: Story, tell: Tell, former: Past, analyst: Analyst
) -> None:
    opened = story.begin()
    first = [story.fragment(), story.fragment(key=False)]
    newest = [story.fragment(), story.fragment(key=False)]
    tell([opened, *first, *newest])
    await former.of("gang", NOON + 7 * SECOND // 4)
    await former.of("gang", NOON + SECOND // 4)
    growing, part = analyst.asked
    assert (growing["offset"], growing["size"]) == (
        newest[0].offset,
        newest[0].size + newest[1].size,
    )
    assert (part["offset"], part["size"]) == (first[0].offset, first[0].size + first[1].size)


async def test_all_who_ask_for_a_second_cost_one_decode(
    story: Story, tell: Tell, former: Past, analyst: Analyst, clock: Steered
) -> None:
    tell(story.whole(groups=4))
    await asyncio.gather(*(former.of("gang", NOON + 100_000 * n) for n in range(10)))
    assert len(analyst.asked) == 1
    await former.of("gang", NOON + SECOND)
    assert len(analyst.asked) == 2
    clock.now += KEPT + 1
    await former.of("gang", NOON)
    assert len(analyst.asked) == 3


async def test_moments_without_footage_are_refused_and_cost_nothing(
    story: Story, tell: Tell, footage: Footage, former: Past, analyst: Analyst
) -> None:
    tell(story.whole(groups=2))
    tell(story.gap(60))
    tell(story.whole(groups=2))
    missing = (NOON - 1, NOON + 2 * SECOND, NOON + 61 * SECOND, NOON + 64 * SECOND, 0)
    for moment in missing:
        assert at_moment(footage.stream("gang", "main"), moment) is None
        with pytest.raises(NothingRecorded):
            await former.of("gang", moment)
    with pytest.raises(NothingRecorded):
        await former.of("nobody", NOON)
    assert analyst.asked == []
    for moment in (NOON, NOON + 2 * SECOND - 1, NOON + 62 * SECOND):
        assert at_moment(footage.stream("gang", "main"), moment) is not None


async def test_no_more_are_under_way_than_the_analyst_can_bear(
    story: Story, tell: Tell, former: Past, analyst: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "UNDER_WAY", 4)
    tell(story.whole(groups=10))
    analyst.silent = True
    tasks = [asyncio.create_task(former.of("gang", NOON + n * SECOND)) for n in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(NoPicture, match="4 pictures are being made already"):
        await former.of("gang", NOON + 5 * SECOND)
    await former.close()
    assert {type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)} <= {
        NoPicture,
        asyncio.CancelledError,
    }


async def test_only_so_many_are_remembered(
    story: Story, tell: Tell, former: Past, analyst: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "MOST", 3)
    tell(story.whole(groups=10))
    for second in range(10):
        await former.of("gang", NOON + second * SECOND)
    assert len(former._made) <= 3
    await former.of("gang", NOON)
    assert len(analyst.asked) == 11


async def test_the_picture_of_a_moment_is_the_one_that_was_sent_then(
    tmp_path: Path, loop_cache: Path, footage: Footage
) -> None:
    """A real recorder, a simulated camera, and what the analyst draws from its files."""

    rig = Rig(tmp_path, options=IMPATIENT)
    async with simulate([CameraSpec(name="gang")], cache=loop_cache) as site, rig.recorder():
        rig.want(rig.stream(site.url("gang")))
        await rig.until(lambda: rig.told(SegmentOpened))
        await asyncio.sleep(4)
    for number, fact in enumerate(rig.facts, 1):
        footage.apply(fact, Origin("rtsp", number, NOON))
    (segment,) = rig.segments()
    for second in (1, 2, 3):
        moment = segment.start + second * SECOND
        wanted = at_moment(footage.stream(rig.camera, "main"), moment)
        assert wanted is not None
        with av.open(io.BytesIO(draw([rig.volume], wanted)), "r", "jpeg_pipe") as opened:
            read = drawn.read_frame(next(opened.decode(video=0)))
        assert read is not None
        # The loop follows the wall clock: what is drawn is the second of the minute.
        away = (moment // 10_000 - read.clock + 3000) % 6000 - 3000
        assert -20 <= away <= 40, "hundredths of a second"
