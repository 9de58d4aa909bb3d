"""One thread, a bounded queue, and an end for what hangs."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nvr_core.analyst.work import QUEUE_LIMIT, Work
from nvr_core.wire.pictures import NoPicture, PictureWanted

WANTED = PictureWanted(path="/a", init_size=1, offset=1, size=1)


class Gate:
    """A drawing that waits until it may go on, as native code on hostile bytes might for ever."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.threads: set[int] = set()
        self.drawn = 0

    def draw(self, wanted: PictureWanted) -> bytes:
        self.threads.add(threading.get_ident())
        self.open.wait(20)
        self.drawn += 1
        return b"jpeg"


@contextmanager
def working(gate: Gate, patience: float = 20.0) -> Iterator[tuple[Work, asyncio.Queue[str]]]:
    told: asyncio.Queue[str] = asyncio.Queue()
    work = Work(gate.draw, patience=patience, overdue=told.put_nowait)
    try:
        yield work, told
    finally:
        gate.open.set()
        work.stop()


async def test_requests_take_turns_in_one_thread() -> None:
    gate = Gate()
    gate.open.set()
    with working(gate) as (work, told):
        assert await asyncio.gather(*(work.do(WANTED) for _ in range(10))) == [b"jpeg"] * 10
    assert len(gate.threads) == 1
    assert threading.get_ident() not in gate.threads
    assert told.empty()


async def test_a_full_queue_refuses() -> None:
    gate = Gate()
    with working(gate) as (work, _):
        tasks = [asyncio.create_task(work.do(WANTED)) for _ in range(QUEUE_LIMIT + 2)]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with pytest.raises(NoPicture, match="waiting already"):
                task.result()
        # The thread may or may not have taken the first one out of the queue by then.
        assert len(done) in (1, 2)
        gate.open.set()
        rest = [task for task in tasks if task not in done]
        assert set(await asyncio.gather(*rest)) == {b"jpeg"}


async def test_a_hanging_drawing_is_reported_and_a_slow_one_is_not() -> None:
    gate = Gate()
    with working(gate, patience=0.2) as (work, told):
        task = asyncio.create_task(work.do(WANTED))
        assert "/a took more than 0.2 s" in await asyncio.wait_for(told.get(), 10)
        gate.open.set()
        assert await task == b"jpeg"
        assert await work.do(WANTED) == b"jpeg"
    assert told.empty()


async def test_what_nobody_waits_for_is_not_drawn() -> None:
    gate = Gate()
    with working(gate) as (work, _):
        first = asyncio.create_task(work.do(WANTED))
        others = [asyncio.create_task(work.do(WANTED)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        gate.open.set()
        await first
        await work.do(WANTED)
    assert gate.drawn == 2
