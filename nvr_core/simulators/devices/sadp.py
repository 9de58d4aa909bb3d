"""How a simulated Hikvision device answers SADP, asked by multicast or by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from nvr_core.kit.elements import ElementsError, escaped, parse
from nvr_core.simulators.devices.group import in_group

if TYPE_CHECKING:
    from nvr_core.simulators.devices.hikvision import HikvisionDevice

GROUP = "239.255.255.250"
PORT = 37020


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, device: HikvisionDevice, mouth: socket.socket) -> None:
        """mouth: what answers go through, so that they come from the device's own address."""
        self._device = device
        self._mouth = mouth

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            root = parse(data)
        except ElementsError:
            return
        kind = root.value("Types")
        if root.name != "Probe" or not kind.startswith("inquiry"):
            return
        self._device.probes += 1
        with suppress(OSError):  # lost, as datagrams may be
            self._mouth.sendto(_match(self._device, root.value("Uuid"), kind), addr)


def _match(device: HikvisionDevice, question: str, kind: str) -> bytes:
    spec = device.spec
    mac = spec.mac.replace(":", "-")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ProbeMatch>'
        f"<Uuid>{escaped(question)}</Uuid><Types>{escaped(kind)}</Types>"
        "<DeviceType>69633</DeviceType>"
        f"<DeviceDescription>{escaped(spec.model)}</DeviceDescription>"
        f"<DeviceSN>{escaped(spec.serial)}</DeviceSN><CommandPort>8000</CommandPort>"
        f"<HttpPort>{device.port}</HttpPort><MAC>{escaped(mac)}</MAC>"
        f"<IPv4Address>{device.host}</IPv4Address><IPv4SubnetMask>255.255.255.0</IPv4SubnetMask>"
        "<IPv4Gateway>0.0.0.0</IPv4Gateway><DHCP>false</DHCP>"
        "<AnalogChannelNum>0</AnalogChannelNum>"
        f"<DigitalChannelNum>{len(device.site.cameras)}</DigitalChannelNum>"
        f"<SoftwareVersion>{escaped(spec.firmware)}</SoftwareVersion>"
        f"<Activated>{'true' if spec.activated else 'false'}</Activated>"
        "<PasswordResetAbility>true</PasswordResetAbility></ProbeMatch>"
    ).encode()


@asynccontextmanager
async def responding(device: HikvisionDevice) -> AsyncIterator[None]:
    """Answer who asks this address, or everybody from it, while the block runs. Raises OSError."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        mouth = stack.enter_context(own)
        # A search on this machine may hold the port for all addresses.
        mouth.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mouth.bind((device.host, PORT))
        group = stack.enter_context(in_group(GROUP, PORT, device.host))
        for door in (mouth, group):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Responder(device, mouth), sock=door.dup()
            )
            stack.callback(transport.close)
        yield
