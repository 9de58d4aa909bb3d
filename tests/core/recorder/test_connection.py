"""A connection's own faults: told as what they are."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.connection import Connection
from nvr_core.recorder.failures import OwnFault
from nvr_core.wire.facts import Cause


def broken(buffer: bytes | bytearray, start: int, end: int) -> None:
    raise ZeroDivisionError("division by zero")


async def test_a_fault_of_ours_asks_nobody_to_change_the_camera(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hung_up = asyncio.Event()

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"$\0\0\x04abcd")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        hung_up.set()

    loop = asyncio.get_running_loop()
    async with await asyncio.start_server(send, "127.0.0.1", 0) as camera:
        connection = Connection(loop, Buffers())
        connection.receivers[0] = broken
        await loop.create_connection(lambda: connection, *camera.sockets[0].getsockname())
        async with asyncio.timeout(10):
            reason = await connection.lost
            await hung_up.wait()
    assert isinstance(reason, OwnFault)
    assert reason.cause == Cause.RECORDER_STOPPED
    assert "division by zero" in reason.sentence
    assert "a fault of Ronda" in caplog.text
