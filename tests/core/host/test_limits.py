"""What a plugin may take, what it is lent, and what happens when it does not end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from nvr_core.contract import (
    Context,
    NotReady,
)
from nvr_core.host.steering import State
from nvr_core.host.supervisor import Supervisor
from tests.core.host.stage import (
    PASSWORD,
    Stage,
    StageConfig,
    Told,
    instance,
)


async def test_an_open_that_hangs_is_cancelled_in_time(
    host: Supervisor, stage: Stage, told: Told
) -> None:
    async def hanging(config: StageConfig, context: Context) -> None:
        await asyncio.sleep(60)

    stage.opening = hanging
    host.put(instance())
    assert (await told.until(State.RETRYING)).code == "time-out"
    assert host.left_behind == 0


async def stubborn(config: StageConfig, context: Context) -> None:
    """Does not let itself be cancelled for a while."""
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.05)


async def test_what_does_not_end_is_left_behind_and_holds_nobody(
    host: Supervisor, stage: Stage, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    stage.closing = stubborn
    host.put(instance())
    await told.until(State.LIVE)
    closing = host.take_away("kamera-1")
    assert closing is not None
    began = time.monotonic()
    await asyncio.wait({closing})
    assert time.monotonic() - began < 2
    assert host.left_behind == 1
    assert "kamera-1: it does not close, and is left behind" in caplog.text
    await asyncio.sleep(2.6)
    assert host.left_behind == 0


async def test_a_call_that_hangs_costs_its_limit(host: Supervisor, told: Told) -> None:
    host.put(instance())
    await told.until(State.LIVE)
    with pytest.raises(NotReady, match="did not answer in time"):
        await host.call("kamera-1", lambda _: asyncio.sleep(60))
    await told.until(State.LIVE, count=2)


async def test_a_transfer_has_patience_while_it_moves(
    host: Supervisor, stage: Stage, told: Told
) -> None:
    lent: list[Context] = []

    async def keep(config: StageConfig, context: Context) -> None:
        lent.append(context)

    stage.opening = keep
    host.put(instance())
    await told.until(State.LIVE)

    def moving() -> str:
        for _ in range(8):
            time.sleep(0.1)
            lent[0].moved(1)
        return "all"

    assert await host.transfer("kamera-1", lambda _: lent[0].in_thread(moving)) == "all"

    async def pieces(device: Any) -> AsyncIterator[int]:
        for number in range(3):
            yield number
        await asyncio.sleep(60)

    reading = host.pieces("kamera-1", pieces)
    assert [await anext(reading) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(NotReady):
        await anext(reading)


async def test_what_is_lent(
    host: Supervisor, stage: Stage, told: Told, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def using(config: StageConfig, context: Context) -> None:
        await context.remember("cookie", "value")
        assert await context.recall("cookie") == "value"
        with pytest.raises(ValueError, match="4096"):
            await context.remember("cookie", "x" * 5000)
        assert context.cache_dir.is_dir()
        assert context.now() > 0
        context.log.warning("logs in with %s", config.password.reveal())
        try:
            raise ValueError(f"rtsp://admin:{config.password.reveal()}@h/")
        except ValueError:
            context.log.exception("a traceback")

    stage.opening = using
    with caplog.at_level(logging.INFO):
        host.put(instance(password=PASSWORD))
        await told.until(State.LIVE)
    assert "kamera-1: logs in with …" in caplog.text
    assert "Traceback" in caplog.text
    assert PASSWORD not in caplog.text
    assert (tmp_path / "kamera-1").is_dir()
