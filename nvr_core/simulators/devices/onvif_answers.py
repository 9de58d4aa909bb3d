"""What a simulated ONVIF device answers, word by word (ONVIF Core, Media 1 and Media 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from nvr_core.kit.elements import Element, escaped

if TYPE_CHECKING:
    from nvr_core.simulators.devices.onvif import OnvifDevice

TDS = "http://www.onvif.org/ver10/device/wsdl"
TRT = "http://www.onvif.org/ver10/media/wsdl"
TR2 = "http://www.onvif.org/ver20/media/wsdl"
TT = "http://www.onvif.org/ver10/schema"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope'
    ' xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"'
    f' xmlns:tds="{TDS}" xmlns:trt="{TRT}" xmlns:tr2="{TR2}" xmlns:tt="{TT}"'
    ' xmlns:ter="http://www.onvif.org/ver10/error"><SOAP-ENV:Body>'
)
_FOOT = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
_TYPE = "application/soap+xml"
_Answer = Callable[["OnvifDevice", Element], web.Response]


def fault(code: str, reason: str, status: int) -> web.Response:
    return _said(
        "<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value>"
        f"<SOAP-ENV:Subcode><SOAP-ENV:Value>{code}</SOAP-ENV:Value></SOAP-ENV:Subcode>"
        f'</SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">{escaped(reason)}'
        "</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>",
        status,
    )


def to(device: OnvifDevice, path: str, asked: Element) -> web.Response:
    """The answer to one request that is let in."""
    words: dict[str, Mapping[str, _Answer]] = {
        "/onvif/device_service": _DEVICE,
        "/onvif/media_service": _MEDIA,
    }
    if device.spec.media2:
        words["/onvif/media2_service"] = _MEDIA2
    answer = words.get(path, {}).get(asked.name)
    if answer is None or (device.spec.old and asked.name == "GetServices"):
        return fault("ter:ActionNotSupported", "Optional Action Not Implemented", 500)
    return answer(device, asked)


def _said(body: str, status: int = 200) -> web.Response:
    return web.Response(text=_HEAD + body + _FOOT, status=status, content_type=_TYPE)


def _clock(device: OnvifDevice, _: Element) -> web.Response:
    now = device.now()
    return _said(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
        "<tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
        "<tt:TimeZone><tt:TZ>WIB-7</tt:TZ></tt:TimeZone><tt:UTCDateTime><tt:Time>"
        f"<tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
        f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
        f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _services(device: OnvifDevice, _: Element) -> web.Response:
    own = [(TDS, "device_service", 2, 6), (TRT, "media_service", 2, 6)]
    own += [(TR2, "media2_service", 2, 0)] if device.spec.media2 else []
    return _said(
        "<tds:GetServicesResponse>"
        + "".join(
            f"<tds:Service><tds:Namespace>{name}</tds:Namespace>"
            f"<tds:XAddr>{device.address}/onvif/{path}</tds:XAddr><tds:Version>"
            f"<tt:Major>{major}</tt:Major><tt:Minor>{minor}</tt:Minor></tds:Version></tds:Service>"
            for name, path, major, minor in own
        )
        + "</tds:GetServicesResponse>"
    )


def _capabilities(device: OnvifDevice, _: Element) -> web.Response:
    return _said(
        "<tds:GetCapabilitiesResponse><tds:Capabilities>"
        f"<tt:Device><tt:XAddr>{device.address}/onvif/device_service</tt:XAddr></tt:Device>"
        f"<tt:Media><tt:XAddr>{device.address}/onvif/media_service</tt:XAddr>"
        "<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast>"
        "</tt:StreamingCapabilities></tt:Media>"
        "</tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def _information(device: OnvifDevice, _: Element) -> web.Response:
    spec = device.spec
    return _said(
        "<tds:GetDeviceInformationResponse>"
        f"<tds:Manufacturer>{escaped(spec.manufacturer)}</tds:Manufacturer>"
        f"<tds:Model>{escaped(spec.model)}</tds:Model>"
        f"<tds:FirmwareVersion>{escaped(spec.firmware)}</tds:FirmwareVersion>"
        f"<tds:SerialNumber>{escaped(spec.serial)}</tds:SerialNumber>"
        "<tds:HardwareId>1.0</tds:HardwareId></tds:GetDeviceInformationResponse>"
    )


def _cards(device: OnvifDevice, _: Element) -> web.Response:
    if device.spec.hides_mac:
        return fault("ter:ActionNotSupported", "Optional Action Not Implemented", 500)
    return _said(
        '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0">'
        "<tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name>"
        f"<tt:HwAddress>{escaped(device.spec.mac)}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
        "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
    )


def _streams(device: OnvifDevice) -> list[tuple[str, str, int, int, bool]]:
    """(lens, stream, width, height, whether it has sound) of each profile."""
    found: list[tuple[str, str, int, int, bool]] = []
    for name, camera in device.site.cameras.items():
        for stream in camera.spec.streams:
            loop = camera.spec.picture(stream)
            found.append((name, stream, loop.width, loop.height, camera.spec.sound is not None))
    return found


def _encoder(prefix: str, name: str, width: int, height: int, codec: str) -> str:
    return (
        f'<{prefix} token="enc-{name}"><tt:Name>{name}</tt:Name><tt:UseCount>1</tt:UseCount>'
        f"<tt:Encoding>{codec}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>"
        f"<tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality></{prefix}>"
    )


def _source(prefix: str, name: str) -> str:
    return (
        f'<{prefix} token="src-{name}"><tt:Name>{name}</tt:Name><tt:UseCount>2</tt:UseCount>'
        f'<tt:SourceToken>lens-{name}</tt:SourceToken><tt:Bounds x="0" y="0" width="1"'
        f' height="1"/></{prefix}>'
    )


def _profiles(device: OnvifDevice, _: Element) -> web.Response:
    return _said(
        "<trt:GetProfilesResponse>"
        + "".join(
            f'<trt:Profiles token="{name}-{stream}" fixed="true"><tt:Name>{name}</tt:Name>'
            + _source("tt:VideoSourceConfiguration", name)
            + _encoder("tt:VideoEncoderConfiguration", f"{name}-{stream}", width, height, "H264")
            + ('<tt:AudioEncoderConfiguration token="aac"/>' if sound else "")
            + "</trt:Profiles>"
            for name, stream, width, height, sound in _streams(device)
        )
        # One that shows nothing, as devices keep for sound alone.
        + '<trt:Profiles token="empty"><tt:Name>empty</tt:Name></trt:Profiles>'
        "</trt:GetProfilesResponse>"
    )


def _profiles2(device: OnvifDevice, _: Element) -> web.Response:
    return _said(
        "<tr2:GetProfilesResponse>"
        + "".join(
            f'<tr2:Profiles token="{name}-{stream}" fixed="true"><tr2:Name>{name}</tr2:Name>'
            "<tr2:Configurations>"
            + _source("tr2:VideoSource", name)
            + _encoder("tr2:VideoEncoder", f"{name}-{stream}", width, height, "H265")
            + ('<tr2:AudioEncoder token="aac"/>' if sound else "")
            + "</tr2:Configurations></tr2:Profiles>"
            for name, stream, width, height, sound in _streams(device)
        )
        + "</tr2:GetProfilesResponse>"
    )


def _uri(device: OnvifDevice, asked: Element) -> str | None:
    name, _, stream = asked.value("ProfileToken").rpartition("-")
    if name not in device.site.cameras:
        return None
    host = device.spec.says_host or device.site.host
    path = f"{name}/sub" if stream == "sub" else name
    return f"rtsp://{host}:{device.site.port}/{path}"


def _stream(device: OnvifDevice, asked: Element) -> web.Response:
    uri = _uri(device, asked)
    if uri is None or asked.value("StreamSetup/Transport/Protocol") != "RTSP":
        return fault("ter:NoProfile", "Profile Not Exist", 400)
    return _said(
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:Timeout>PT0S</tt:Timeout>"
        "</trt:MediaUri></trt:GetStreamUriResponse>"
    )


def _stream2(device: OnvifDevice, asked: Element) -> web.Response:
    uri = _uri(device, asked)
    if uri is None or asked.value("Protocol") != "RtspUnicast":
        return fault("ter:NoProfile", "Profile Not Exist", 400)
    return _said(f"<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>")


def _snapshot(device: OnvifDevice, asked: Element) -> web.Response:
    if _uri(device, asked) is None:
        return fault("ter:NoProfile", "Profile Not Exist", 400)
    return _said(
        f"<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>{device.address}/snapshot.jpg</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:Timeout>PT0S</tt:Timeout>"
        "</trt:MediaUri></trt:GetSnapshotUriResponse>"
    )


def _snapshot2(device: OnvifDevice, asked: Element) -> web.Response:
    if _uri(device, asked) is None:
        return fault("ter:NoProfile", "Profile Not Exist", 400)
    return _said(
        f"<tr2:GetSnapshotUriResponse><tr2:Uri>{device.address}/snapshot.jpg</tr2:Uri>"
        "</tr2:GetSnapshotUriResponse>"
    )


_DEVICE = {
    "GetSystemDateAndTime": _clock,
    "GetServices": _services,
    "GetCapabilities": _capabilities,
    "GetDeviceInformation": _information,
    "GetNetworkInterfaces": _cards,
}
_MEDIA = {"GetProfiles": _profiles, "GetStreamUri": _stream, "GetSnapshotUri": _snapshot}
_MEDIA2 = {"GetProfiles": _profiles2, "GetStreamUri": _stream2, "GetSnapshotUri": _snapshot2}
