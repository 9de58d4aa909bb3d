"""SADP: how Hikvision's devices answer who is there.

Only the question: what changes a device by it (its address, its password) is left out.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Interface
from itertools import islice, repeat

from nvr_core.contract import Certainty, Find, IdentityKind, Text
from nvr_core.kit.elements import Element, ElementsError, parse
from nvr_plugins.hikvision.device import WORD, identity

GROUP = "239.255.255.250"
PORT = 37020
KINDS = ("inquiry", "inquiry_v32")
DATAGRAM = 1 << 16
"""Bytes."""
ANSWERS = 2000
"""That are heard in one search."""
LISTENING = 6.0
"""Seconds."""
PACE = 0.002
"""Seconds between two single addresses."""
NOT_ACTIVATED = Text(
    "It has no password yet: give it its first one on its own web page, then search again."
)


def question(kind: str) -> bytes:
    """One of KINDS."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><Probe>'
        f"<Uuid>{str(uuid.uuid4()).upper()}</Uuid><Types>{kind}</Types></Probe>"
    ).encode()


def find(datagram: bytes, sender: str) -> Find | None:
    """The device in an answer; None for whatever else the bytes are, our own question too.

    sender: the address that the bytes came from. What a device says of its own is not believed.
    """
    try:
        root = parse(datagram, most=DATAGRAM)
    except ElementsError:
        return None
    if root.name != "ProbeMatch" or root.value("Types") not in KINDS:
        return None
    return Find(
        address=sender,
        port=_port(root),
        certainty=Certainty.EXACT,
        manufacturer="Hikvision",
        model=root.value("DeviceDescription")[:WORD],
        firmware=root.value("SoftwareVersion")[:WORD],
        identities=frozenset(
            one
            for kind, name in ((IdentityKind.SERIAL, "DeviceSN"), (IdentityKind.MAC, "MAC"))
            for one in identity(kind, root.value(name)[:WORD])
        ),
        refusal=NOT_ACTIVATED if root.value("Activated").lower() == "false" else None,
    )


def _port(root: Element) -> int:
    text = root.value("HttpPort")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number if 0 < number < 65536 else 80


async def ask(
    interfaces: Sequence[IPv4Interface], addresses: Sequence[str], found: Callable[[Find], None]
) -> None:
    """Ask from each interface by multicast and each address by itself, then listen a while."""
    loop = asyncio.get_running_loop()
    left = repeat(None, ANSWERS)
    with ExitStack() as stack:
        mouths = []
        for one in interfaces:
            try:
                door = _door(one)
            except OSError:  # a card without a network, or a port that something keeps for itself
                continue
            transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(found, left), sock=door)
            stack.callback(transport.close)
            mouths.append(transport)
        single, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(found, left),
            local_addr=("0.0.0.0", 0),  # noqa: S104 -- answers to our questions
        )
        stack.callback(single.close)
        for kind in KINDS:
            for mouth in mouths:
                _send(mouth, kind, GROUP)
            for address in addresses:
                _send(single, kind, address)
                await asyncio.sleep(PACE)
        await asyncio.sleep(LISTENING)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, found: Callable[[Find], None], left: Iterator[None]) -> None:
        """left: one for each answer that is still heard, shared by all ears of a search."""
        self._found = found
        self._left = left

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for _ in islice(self._left, 1):
            if (one := find(data, addr[0])) is not None:
                self._found(one)


def _door(interface: IPv4Interface) -> socket.socket:
    """Devices answer to the group: the socket has joined it."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        member = struct.pack("4s4s", socket.inet_aton(GROUP), interface.ip.packed)
        door.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        door.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface.ip.packed)
        door.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        door.bind(("", PORT))
    except OSError:
        door.close()
        raise
    return door


def _send(transport: asyncio.DatagramTransport, kind: str, address: str) -> None:
    try:
        transport.sendto(question(kind), (address, PORT))
    except OSError:
        return  # nobody is reached from here; the others are asked all the same
