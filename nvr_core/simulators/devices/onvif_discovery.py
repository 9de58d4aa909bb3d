"""How a simulated ONVIF device answers WS-Discovery, asked by multicast or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from nvr_core.kit.elements import ElementsError, escaped, parse

if TYPE_CHECKING:
    from nvr_core.simulators.devices.onvif import OnvifDevice

GROUP = "239.255.255.250"
PORT = 3702
TYPES = ("NetworkVideoTransmitter", "Device")


def answer(device: OnvifDevice, question: bytes) -> bytes | None:
    """To a Probe for what it is; None for whatever else the bytes are."""
    try:
        root = parse(question)
    except ElementsError:
        return None
    probe = root.first("Body/Probe")
    if probe is None:
        return None
    wanted = [one.rpartition(":")[2] for one in probe.value("Types").split()]
    if any(one not in TYPES for one in wanted):
        return None
    device.probes += 1
    return _match(device, root.value("Header/MessageID"))


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
