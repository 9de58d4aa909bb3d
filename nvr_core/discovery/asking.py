"""Asks by WS-Discovery who is there: everybody in the networks we are in, and given addresses."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Interface
from itertools import islice, repeat

from nvr_core.contract import Announcement
from nvr_core.discovery import ws

log = logging.getLogger(__name__)

ROUNDS = 2
"""Every question is asked so often: datagrams get lost."""
APART = 0.5
"""Seconds between two rounds."""
PACE = 0.002
"""Seconds between two single addresses: 500 a second are 0.4 Mbit/s."""
MOST = 2000
"""Answers that are heard in one search."""
_NOBODY = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.ECONNREFUSED}
"""Errors of sending that say that there is nobody, or that a firewall is in between."""


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[Announcement], None], left: Iterator[None]) -> None:
        """left: one for each answer that is still heard, shared by all ears of a search."""
        self._heard = heard
        self._left = left

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for _ in islice(self._left, 1):
            for one in ws.announcements(data, addr[0]):
                self._heard(one)


async def ask(
    interfaces: Sequence[IPv4Interface],
    addresses: Sequence[str],
    *,
    heard: Callable[[Announcement], None],
    seconds: float,
) -> None:
    """Ask from each interface by multicast and each address by itself; listen so long.

    An interface that cannot send costs only itself.
    """
    loop = asyncio.get_running_loop()
    left = repeat(None, MOST)
    with ExitStack() as stack:
        transports = []
        for one in interfaces:
            try:
                door = _door(one)
            except OSError as error:
                log.info("cameras cannot be asked from %s: %s", one.ip, error)
                continue
            transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(heard, left), sock=door)
            stack.callback(transport.close)
            transports.append(transport)
        single, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(heard, left),
            local_addr=("0.0.0.0", 0),  # noqa: S104 -- answers to our questions
        )
        stack.callback(single.close)
        until = loop.time() + seconds
        for round_ in range(ROUNDS):
            for transport in transports:
                for kind in ws.TYPES:
                    _send(transport, kind, ws.GROUP)
            for address in addresses:
                for kind in ws.TYPES[:1] if round_ == 0 else ws.TYPES[1:]:
                    _send(single, kind, address)
                await asyncio.sleep(PACE)
            await asyncio.sleep(APART)
        await asyncio.sleep(max(0.0, until - loop.time()))


def _door(interface: IPv4Interface) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        door.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface.ip.packed)
        door.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        door.bind((str(interface.ip), 0))
    except OSError:
        door.close()
        raise
    return door


def _send(transport: asyncio.DatagramTransport, kind: str, address: str) -> None:
    try:
        transport.sendto(ws.probe(str(uuid.uuid4()), kind), (address, ws.PORT))
    except OSError as error:
        if error.errno not in _NOBODY:
            raise
