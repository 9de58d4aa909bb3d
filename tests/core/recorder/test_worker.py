"""Disk work happens in order, and never makes the loop wait."""

import asyncio
import functools
import threading

import pytest

from nvr_core.recorder.worker import Worker


async def test_jobs_are_done_in_order_and_told_on_the_loop() -> None:
    worker = Worker("test", asyncio.get_running_loop())
    done: list[tuple[int, threading.Thread]] = []
    for number in range(100):
        worker.submit(
            functools.partial(int, number),
            lambda result, _error: done.append((result, threading.current_thread())),
        )
    await worker.idle()
    assert [number for number, _ in done] == list(range(100))
    assert {thread for _, thread in done} == {threading.current_thread()}
    assert await worker.stop(1.0)


async def test_an_error_reaches_whoever_asked() -> None:
    worker = Worker("test", asyncio.get_running_loop())

    def broken() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await worker.call(broken)
    assert await worker.call(lambda: 7) == 7
    assert await worker.stop(1.0)


async def test_waiting_bytes_are_counted_until_they_are_done() -> None:
    worker = Worker("test", asyncio.get_running_loop())
    gate = threading.Event()
    worker.submit(gate.wait, size=10)
    worker.submit(lambda: None, size=5)
    assert worker.waiting == 15
    gate.set()
    await worker.idle()
    assert worker.waiting == 0
    assert await worker.stop(1.0)


async def test_what_has_not_begun_can_be_taken_back_while_the_disk_hangs() -> None:
    worker = Worker("test", asyncio.get_running_loop())
    gate, begun = threading.Event(), threading.Event()
    done: list[str] = []

    def note(name: str, _result: object, _error: object) -> None:
        done.append(name)

    def hang() -> None:
        begun.set()
        gate.wait()

    worker.submit(hang, size=1)
    await asyncio.to_thread(begun.wait, 5)
    mine, other = object(), object()
    for owner, name in ((mine, "a"), (other, "b"), (mine, "c")):
        worker.submit(lambda: None, functools.partial(note, name), size=10, owner=owner)
    assert worker.withdraw(mine) == (2, 20)
    assert worker.waiting == 11
    gate.set()
    await worker.idle()
    assert done == ["b"]
    assert await worker.stop(1.0)


async def test_stopping_does_not_wait_for_a_disk_that_never_answers() -> None:
    worker = Worker("test", asyncio.get_running_loop())
    gate = threading.Event()
    worker.submit(gate.wait)
    assert not await worker.stop(0.2)
    gate.set()
    assert await worker.stop(1.0)


async def test_how_far_the_disk_is_behind_is_known_while_it_hangs() -> None:
    worker = Worker("test", asyncio.get_running_loop())
    gate = threading.Event()
    assert worker.behind() == 0.0
    worker.submit(gate.wait)
    await asyncio.sleep(0.2)
    assert 0.2 <= worker.behind() < 5
    assert 0.1 <= worker.busy_for() < 5
    gate.set()
    await worker.idle()
    assert worker.behind() == 0.0
    assert await worker.stop(1.0)


async def test_a_fault_after_one_job_does_not_lose_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = Worker("test", asyncio.get_running_loop())
    gate = threading.Event()
    done: list[str] = []

    def fault(_result: object, _error: object) -> None:
        raise KeyError("a fault")

    worker.submit(gate.wait, lambda _result, _error: done.append("before"), size=1)
    worker.submit(lambda: None, fault, size=1)
    worker.submit(lambda: None, lambda _result, _error: done.append("after"), size=1)
    gate.set()
    async with asyncio.timeout(5):
        await worker.idle()
    assert done == ["before", "after"]
    assert worker.waiting == 0
    assert "KeyError" in caplog.text
    assert await worker.stop(1.0)
