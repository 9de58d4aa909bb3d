"""Which TCP ports of which addresses are open: gently, and never at a stranger's door."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence

PATIENCE = 0.8
"""Seconds for one connection: a camera in the same town answers in a tenth."""
AT_ONCE = 128
"""Connections that are tried at the same time: not half of what a small router remembers."""


async def open_doors(
    addresses: Sequence[str], ports: Sequence[int], *, done: list[int] | None = None
) -> AsyncGenerator[tuple[str, int], None]:
    """(address, port) of every door that opens, as soon as it does. Each is closed again at once.

    done: its first number grows with every address that was tried.
    """
    doors: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue(AT_ONCE)
    turns = asyncio.Semaphore(AT_ONCE)

    async def knock(address: str, port: int) -> None:
        try:
            if await _opens(address, port):
                await doors.put((address, port))
        finally:
            turns.release()

    async def go_round() -> None:
        try:
            async with asyncio.TaskGroup() as knocks:
                for address in addresses:
                    for port in ports:
                        await turns.acquire()
                        knocks.create_task(knock(address, port))
                    if done is not None:
                        done[0] += 1
        finally:
            await doors.put(None)  # whoever waits must not wait for ever

    going = asyncio.create_task(go_round())
    try:
        while (door := await doors.get()) is not None:
            yield door
        await going
    finally:
        going.cancel()
        while not going.done():  # its last word may wait for a place in the queue
            while not doors.empty():
                doors.get_nowait()
            await asyncio.wait({going}, timeout=0.01)
        await asyncio.gather(going, return_exceptions=True)


async def _opens(address: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as door:
            async with asyncio.timeout(PATIENCE):
                await loop.sock_connect(door, (address, port))
    except OSError:  # a time-out is one
        return False
    return True
