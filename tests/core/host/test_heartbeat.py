"""Whoever blocks the server's loop is named, while it lasts and afterwards."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from nvr_core.contract import Context
from nvr_core.host.blame import Suspects
from nvr_core.host.heartbeat import Blockage, Heartbeat
from nvr_core.host.steering import State
from nvr_core.host.supervisor import Supervisor
from tests.core.host.stage import Stage, StageConfig, Told, instance, lending, registry

LONG = 0.8


async def test_the_instance_that_blocks_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage, told, blockages = Stage(), Told(), list[Blockage]()

    async def blocking(config: StageConfig, context: Context) -> None:
        if config.host == "blocks":
            block(1.6)

    stage.opening = blocking
    known = registry(stage)
    heart = Heartbeat(Suspects(known), blockages.append, beat=0.05, long=LONG)
    async with heart.beating(), Supervisor(known, lending(tmp_path), told=told) as host:
        host.put(instance("innocent"))
        await told.until(State.LIVE, "innocent")
        host.put(instance("guilty", host="blocks"))
        await told.until(State.LIVE, "guilty")
        await asyncio.sleep(0.2)
        assert told.states("innocent") == [State.LIVE]
    (blockage,) = blockages
    assert (blockage.blame.instance, blockage.blame.plugin) == ("guilty", "stage")
    assert 1 < blockage.seconds < 60
    assert "test_heartbeat.py" in blockage.stack
    assert "blocking" in blockage.stack
    assert 'the instance guilty of the plugin "stage" has blocked the server' in caplog.text
    assert heart.worst > 1


async def test_a_call_and_a_callback_are_named_too(tmp_path: Path) -> None:
    stage, told, blockages = Stage(), Told(), list[Blockage]()
    known = registry(stage)
    heart = Heartbeat(Suspects(known), blockages.append, beat=0.05, long=LONG)
    async with heart.beating(), Supervisor(known, lending(tmp_path), told=told) as host:
        host.put(instance())
        await told.until(State.LIVE)

        async def step(device: Any) -> None:
            block(1.4)

        await host.call("kamera-1", step)
        await asyncio.sleep(0.2)
        # In no task at all: what the plugin handed to call_later.
        asyncio.get_running_loop().call_soon(block, 1.4)
        await asyncio.sleep(1.6)
    assert [one.blame.instance for one in blockages] == ["kamera-1", ""]
    assert blockages[1].blame.plugin == ""
    assert str(blockages[1].blame) == "something of Ronda itself"


def block(seconds: float) -> None:
    time.sleep(seconds)


async def test_a_loop_that_runs_is_not_accused() -> None:
    blockages: list[Blockage] = []
    heart = Heartbeat(Suspects(registry(Stage())), blockages.append, beat=0.05, long=LONG)
    async with heart.beating():
        await asyncio.sleep(0.5)
        block(0.1)
        await asyncio.sleep(0.2)
    assert blockages == []
