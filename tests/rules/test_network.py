"""Tests reach loopback only: the guard of tests/conftest.py refuses the rest, and lets that be."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

ELSEWHERE = "192.0.2.1"
"""An address that RFC 5737 keeps for documents: nobody is there, even without a guard."""


def connect() -> None:
    with socket.socket() as one:
        one.connect((ELSEWHERE, 9))


def connect_ex() -> None:
    with socket.socket() as one:
        one.connect_ex((ELSEWHERE, 9))


def send() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"", (ELSEWHERE, 9))


def look_up() -> None:
    socket.getaddrinfo("camera.invalid", 554)


def listen() -> None:
    with socket.socket() as one:
        one.bind(("0.0.0.0", 0))


def create() -> None:
    socket.create_connection((ELSEWHERE, 9), timeout=1)


def by_asyncio() -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(ELSEWHERE, 9), 1))


@pytest.mark.parametrize("reach", [connect, connect_ex, send, look_up, listen, create, by_asyncio])
def test_what_leaves_the_machine_is_refused(reach: Callable[[], None]) -> None:
    with pytest.raises(Exception, match="tests may reach loopback only") as caught:
        reach()
    assert type(caught.value).__name__ == "OutsideNetwork"


async def test_loopback_and_unix_sockets_are_not(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    async with await asyncio.start_server(answer, "localhost", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"tcp\n")
        assert await reader.read() == b"tcp\n"
        writer.close()
    path = tmp_path / "socket"
    async with await asyncio.start_unix_server(answer, path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"unix\n")
        assert await reader.read() == b"unix\n"
        writer.close()
