"""A connection's own faults: told as what they are."""

from __future__ import annotations

import asyncio

import pytest

from nvr_core.recorder.connection import Connection
from nvr_core.recorder.failures import OwnFault
from nvr_core.wire.facts import Cause


def broken(buffer: bytes | bytearray, start: int, end: int) -> None:
    raise ZeroDivisionError("division by zero")


async def test_a_fault_of_ours_asks_nobody_to_change_the_camera(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = Connection(asyncio.get_running_loop())
    connection.receivers[0] = broken
    packet = b"$\0\0\x04abcd"
    connection.get_buffer(-1)[: len(packet)] = packet
    connection.buffer_updated(len(packet))
    reason = connection.lost.result()
    assert isinstance(reason, OwnFault)
    assert reason.cause == Cause.RECORDER_STOPPED
    assert "division by zero" in reason.sentence
    assert "a fault of Ronda" in caplog.text
