from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.pictures import FRESH, Newest, NoPicture
from nvr_core.testing.story import Story


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
    lines: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.add(asyncio.current_task())
        while line := await reader.readline():
            said = json.loads(line)
            self.asked.append(said)
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
