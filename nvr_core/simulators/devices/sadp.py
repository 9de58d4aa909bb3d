"""How a simulated Hikvision device answers SADP, asked by multicast or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nvr_core.kit.elements import ElementsError, escaped, parse

if TYPE_CHECKING:
    from nvr_core.simulators.devices.hikvision import HikvisionDevice

GROUP = "239.255.255.250"
PORT = 37020


def answer(device: HikvisionDevice, question: bytes) -> bytes | None:
    """To an inquiry; None for whatever else the bytes are."""
    try:
        root = parse(question)
    except ElementsError:
        return None
    kind = root.value("Types")
    if root.name != "Probe" or not kind.startswith("inquiry"):
        return None
    device.probes += 1
    return _match(device, root.value("Uuid"), kind)


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
