"""How a simulated ONVIF device answers WS-Discovery, asked by multicast or by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from nvr_core.kit.elements import ElementsError, escaped, parse
from nvr_core.simulators.devices.group import in_group

if TYPE_CHECKING:
    from nvr_core.simulators.devices.onvif import OnvifDevice

GROUP = "239.255.255.250"
PORT = 3702
TYPES = ("NetworkVideoTransmitter", "Device")


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, device: OnvifDevice, mouth: socket.socket) -> None:
        """mouth: what answers go through, so that they come from the device's own address."""
        self._device = device
        self._mouth = mouth

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            root = parse(data)
        except ElementsError:
            return
        probe = root.first("Body/Probe")
        if probe is None:
            return
        wanted = [one.rpartition(":")[2] for one in probe.value("Types").split()]
        if any(one not in TYPES for one in wanted):
            return
        self._device.probes += 1
        with suppress(OSError):  # lost, as datagrams may be
            self._mouth.sendto(_match(self._device, root.value("Header/MessageID")), addr)


def _match(device: OnvifDevice, message: str) -> bytes:
    spec = device.spec
    scopes = (
        "onvif://www.onvif.org/Profile/Streaming",
        f"onvif://www.onvif.org/name/{quote(spec.name)}",
        f"onvif://www.onvif.org/hardware/{quote(spec.model)}",
        f"onvif://www.onvif.org/MAC/{spec.mac}",
        "onvif://www.onvif.org/location/country/indonesia",
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope'
        ' xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
        ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
        f"<a:MessageID>uuid:{device.endpoint}-1</a:MessageID>"
        f"<a:RelatesTo>{escaped(message)}</a:RelatesTo>"
        "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>"
        "</s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference>"
        f"<a:Address>urn:uuid:{device.endpoint}</a:Address></a:EndpointReference>"
        "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
        f"<d:Scopes>{escaped(' '.join(scopes))}</d:Scopes>"
        f"<d:XAddrs>{device.address}/onvif/device_service</d:XAddrs>"
        "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body>"
        "</s:Envelope>"
    ).encode()


@asynccontextmanager
async def responding(device: OnvifDevice) -> AsyncIterator[None]:
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
