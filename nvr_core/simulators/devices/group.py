"""How a device on loopback answers datagrams: those to its own address, and those to a group."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress

Answer = Callable[[bytes], bytes | None]
"""A question → what is answered, None for nothing."""


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer, mouth: socket.socket) -> None:
        """mouth: what answers go through, so that they come from the device's own address."""
        self._answer = answer
        self._mouth = mouth

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self._answer(data)) is not None:
            with suppress(OSError):  # lost, as datagrams may be
                self._mouth.sendto(answer, addr)


@asynccontextmanager
async def responding(group: str, port: int, host: str, answer: Answer) -> AsyncIterator[None]:
    """Answer who asks this address, or everybody from it, while the block runs. Raises OSError."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        mouth = stack.enter_context(own)
        # A search on this machine may hold the port for all addresses.
        mouth.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mouth.bind((host, port))
        for door in (mouth, stack.enter_context(_in_group(group, port, host))):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Responder(answer, mouth), sock=door.dup()
            )
            stack.callback(transport.close)
        yield


def _in_group(group: str, port: int, host: str) -> socket.socket:
    """Hears the group at the interface with this address, as others may. Raises OSError."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        member = struct.pack("4s4s", socket.inet_aton(group), socket.inet_aton(host))
        door.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        door.bind((group, port))
    except OSError:
        door.close()
        raise
    return door
