"""Frames from a thread reach the loop in order, in batches, and never more than fit."""

import asyncio
import threading

import pytest

from nvr_core.media.track import TrackConfig
from nvr_core.recorder.hand_over import HandOver
from nvr_core.recorder.interruption import Interrupted

CONFIG = TrackConfig(codec="pcma", timescale=8000, codec_string="alaw", sample_entry=b"x")


class Noting:
    def __init__(self) -> None:
        self.said: list[object] = []
        self.threads: set[int] = set()

    def configure(self, config: TrackConfig) -> None:
        self.said.append(config)
        self.threads.add(threading.get_ident())

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        self.said.append(pts)
        self.threads.add(threading.get_ident())


async def test_order_and_thread() -> None:
    sink = Noting()
    batches: list[int] = []
    over = HandOver(asyncio.get_running_loop(), batch=batches.append, broken=lambda e: None)
    lane = over.lane(sink)
    done = asyncio.Event()

    def run() -> None:
        for pts in range(1000):
            lane.configure(CONFIG)
            lane.frame(pts, True, bytearray(10), False)
        over.finish(done.set)

    await asyncio.to_thread(run)
    await done.wait()
    assert sink.said == [CONFIG, *range(1000)]
    assert sink.threads == {threading.get_ident()}
    assert sum(batches) == 10_000


async def test_a_full_hand_over_makes_the_thread_wait() -> None:
    sink = Noting()
    over = HandOver(asyncio.get_running_loop(), batch=None, broken=lambda e: None, limit=1000)
    lane = over.lane(sink)
    put = 0
    done = asyncio.Event()

    def run() -> None:
        nonlocal put
        for pts in range(100):
            lane.frame(pts, True, bytearray(300), False)
            put += 1
        over.finish(done.set)

    thread = threading.Thread(target=run)
    thread.start()
    # The loop does not come round while this blocks it: the fifth frame is one too many.
    thread.join(0.3)
    assert thread.is_alive()
    assert put == 4
    await done.wait()
    thread.join()
    assert sink.said == list(range(100))


async def test_closing_frees_the_thread_and_drops_what_waits() -> None:
    sink = Noting()
    over = HandOver(asyncio.get_running_loop(), batch=None, broken=lambda e: None, limit=0)
    lane = over.lane(sink)
    done = asyncio.Event()
    caught: list[BaseException] = []

    def run() -> None:
        try:
            for pts in range(10):
                lane.frame(pts, True, bytearray(10), False)
        except Interrupted as error:
            caught.append(error)
        over.finish(done.set)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.2)
    over.close()
    thread.join(5)
    await done.wait()
    assert sink.said == []
    assert len(caught) == 1


async def test_nothing_follows_what_a_sink_refuses() -> None:
    class Faulty(Noting):
        def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
            super().frame(pts, key, data, damaged)
            raise KeyError(pts)

    sink = Faulty()
    broken: list[Exception] = []
    over = HandOver(asyncio.get_running_loop(), batch=None, broken=broken.append)
    lane = over.lane(sink)
    for pts in range(3):
        lane.frame(pts, True, bytearray(1), False)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sink.said == [0]
    assert [type(error) for error in broken] == [KeyError]
    with pytest.raises(Interrupted):
        lane.frame(3, True, bytearray(1), False)


async def test_a_loop_that_is_gone_ends_the_thread() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    over = HandOver(loop, batch=None, broken=lambda e: None)
    over.lane(Noting()).frame(0, True, bytearray(1), False)
    with pytest.raises(Interrupted):
        over.lane(Noting()).frame(1, True, bytearray(1), False)
