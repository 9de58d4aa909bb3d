from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core.recording.reads import Busy, Reads


@pytest.fixture
def reads() -> Iterator[Reads]:
    reads = Reads(threads=2, waiting=1)
    yield reads
    reads.close()


async def test_bytes_are_exactly_those_that_were_asked_for(reads: Reads, tmp_path: Path) -> None:
    file = tmp_path / "segment.mp4"
    file.write_bytes(bytes(range(100)))
    assert await reads.bytes_at(str(file), 10, 5) == bytes(range(10, 15))
    with pytest.raises(EOFError, match="ends before byte 103"):
        await reads.bytes_at(str(file), 98, 5)
    with pytest.raises(FileNotFoundError):
        await reads.bytes_at(str(tmp_path / "gone"), 0, 1)


async def test_a_disk_that_hangs_keeps_few_waiting_and_the_loop_alive(reads: Reads) -> None:
    released = threading.Event()
    calls = [asyncio.create_task(reads.run(lambda: released.wait(10))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await reads.run(lambda: None)
    released.set()
    assert await asyncio.gather(*calls) == [True, True, True]
    assert await reads.run(lambda: "free again") == "free again"


async def test_whoever_gives_up_frees_no_place_before_the_call_has_ended(reads: Reads) -> None:
    released, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> None:
        loop.call_soon_threadsafe(begun.set)
        released.wait(10)

    calls = [asyncio.create_task(reads.run(hang)) for _ in range(2)]
    await begun.wait()
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    last = asyncio.create_task(reads.run(lambda: "done"))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await reads.run(lambda: None)
    released.set()
    assert await last == "done"
