"""A Hikvision camera or recorder on loopback: ISAPI, RTSP paths, SADP, faults included.

`async with hikvision_device(site, HikvisionSpec()) as device:` serves the cameras of a site as its
channels. What real devices do otherwise are fields of HikvisionSpec (vendors.md, 2.1).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from nvr_core.kit.elements import escaped
from nvr_core.simulators.devices import sadp
from nvr_core.simulators.devices.group import responding
from nvr_core.simulators.devices.http_guard import HttpGuard
from nvr_core.simulators.devices.onvif import JPEG
from nvr_core.simulators.devices.web_server import serving
from nvr_core.simulators.site import Site, check_host

NAMESPACES = (
    "http://www.hikvision.com/ver20/XMLSchema",
    "http://www.isapi.org/ver20/XMLSchema",
    "http://www.hikvision.com/ver10/XMLSchema",
    "urn:psialliance-org",
)
LOCKS_AFTER = 5
_STREAM = re.compile(r"/?Streaming/Channels/(\d+)0([12])", re.IGNORECASE)
_PICTURE = re.compile(r"/ISAPI/(Streaming|ContentMgmt/StreamingProxy)/channels/(\d+)01/picture")


@dataclass(frozen=True, kw_only=True)
class HikvisionSpec:
    """One device, and how it departs from what most do."""

    user: str = "admin"
    password: str = field(default="rahasia-hik1", repr=False)
    recorder: bool = False
    """Its channels are other cameras, which it shows."""
    model: str = "DS-2CD2143G0-I"
    serial: str = "DS-2CD2143G0-I20190101AAWRC00000001"
    mac: str = "28:57:be:00:00:01"
    firmware: str = "V5.5.82"
    namespace: str = NAMESPACES[0]
    activated: bool = True
    """False: nobody has given it its first password."""
    proxies_pictures: bool = False
    """It makes no picture of a channel that is another camera's, under the usual path."""


class HikvisionDevice:
    """A running device."""

    def __init__(self, spec: HikvisionSpec, site: Site, host: str) -> None:
        self.spec = spec
        self.site = site
        self.host = host
        self.port = 0
        self.guard = HttpGuard(
            spec.user, spec.password, realm="IP Camera(C1234)", locks_after=LOCKS_AFTER
        )
        self.asked: list[str] = []
        """Paths of all requests that were let in."""
        self.probes = 0
        """SADP questions that it has heard."""

    @property
    def logins(self) -> list[bool]:
        """Every login that was shown: whether it was right."""
        return self.guard.logins

    def route(self, path: str, method: str) -> str | None:
        """Where an RTSP request leads: a channel's large or small stream."""
        found = _STREAM.match(path)
        names = list(self.site.cameras)
        if found is None or not 0 < int(found[1]) <= len(names):
            return None
        name = names[int(found[1]) - 1]
        led = f"{name}/sub" if found[2] == "2" else name
        return led + path[found.end() :]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if not path.startswith("/ISAPI/"):
            return web.Response(status=404, text="not found")
        if (refused := self.guard.refused(request, self._user_check())) is not None:
            return refused
        self.asked.append(path)
        if (picture := _PICTURE.fullmatch(path)) is not None:
            return self._picture(picture[1], int(picture[2]))
        match path:
            case "/ISAPI/System/deviceInfo":
                return self._said(self._information())
            case "/ISAPI/Streaming/channels":
                return self._said(self._streams())
            case "/ISAPI/ContentMgmt/InputProxy/channels":
                if self.spec.recorder:
                    return self._said(self._proxies())
                return self._status(4, "Invalid Operation", "notSupport", 403)
        return self._status(4, "Invalid Operation", "notSupport", 404)

    def _picture(self, folder: str, channel: int) -> web.Response:
        if not 0 < channel <= len(self.site.cameras):
            return self._status(4, "Invalid Operation", "invalidOperation", 403)
        if self.spec.proxies_pictures and folder == "Streaming":
            return self._status(6, "Invalid XML Content", "badXmlContent", 400)
        return web.Response(body=JPEG, content_type="image/jpeg")

    def _said(self, body: str) -> web.Response:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
        return web.Response(text=text, content_type="application/xml")

    def _status(self, code: int, text: str, sub: str, status: int) -> web.Response:
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ResponseStatus version="2.0"'
            f' xmlns="{self.spec.namespace}"><requestURL></requestURL>'
            f"<statusCode>{code}</statusCode><statusString>{text}</statusString>"
            f"<subStatusCode>{sub}</subStatusCode></ResponseStatus>"
        )
        return web.Response(text=body, status=status, content_type="application/xml")

    def _user_check(self) -> bytes:
        return (
            b'<?xml version="1.0" encoding="UTF-8"?><userCheck><statusValue>401</statusValue>'
            b"<statusString>Unauthorized</statusString></userCheck>"
        )

    def _information(self) -> str:
        spec = self.spec
        kind = "NVR" if spec.recorder else "IPCamera"
        return (
            f'<DeviceInfo version="2.0" xmlns="{spec.namespace}"><deviceName>Gang</deviceName>'
            "<deviceID>88</deviceID><deviceDescription>IPCamera</deviceDescription>"
            f"<model>{escaped(spec.model)}</model>"
            f"<serialNumber>{escaped(spec.serial)}</serialNumber>"
            f"<macAddress>{escaped(spec.mac)}</macAddress>"
            f"<firmwareVersion>{escaped(spec.firmware)}</firmwareVersion>"
            "<firmwareReleasedDate>build 190909</firmwareReleasedDate>"
            f"<deviceType>{kind}</deviceType></DeviceInfo>"
        )

    def _streams(self) -> str:
        rows = []
        for channel, camera in enumerate(self.site.cameras.values(), 1):
            for number, stream in enumerate(camera.spec.streams, 1):
                loop = camera.spec.picture(stream)
                codec = "H.265" if loop.codec == "h265" else "H.264"
                sound = "true" if camera.spec.sound else "false"
                rows.append(
                    f'<StreamingChannel version="2.0"><id>{channel}0{number}</id>'
                    f"<channelName>{escaped(camera.spec.name)}</channelName>"
                    "<enabled>true</enabled><Video><enabled>true</enabled>"
                    f"<videoCodecType>{codec}</videoCodecType>"
                    f"<videoResolutionWidth>{loop.width}</videoResolutionWidth>"
                    f"<videoResolutionHeight>{loop.height}</videoResolutionHeight></Video>"
                    f"<Audio><enabled>{sound}</enabled></Audio></StreamingChannel>"
                )
        # One that is turned off, and a third stream, which nobody records.
        rows.append("<StreamingChannel><id>901</id><enabled>false</enabled></StreamingChannel>")
        rows.append("<StreamingChannel><id>103</id><enabled>true</enabled></StreamingChannel>")
        return (
            f'<StreamingChannelList version="2.0" xmlns="{self.spec.namespace}">'
            + "".join(rows)
            + "</StreamingChannelList>"
        )

    def _proxies(self) -> str:
        return (
            f'<InputProxyChannelList version="1.0" xmlns="{self.spec.namespace}">'
            + "".join(
                f'<InputProxyChannel version="1.0"><id>{channel}</id>'
                f"<name>{escaped(name)}</name><sourceInputPortDescriptor>"
                "<proxyProtocol>HIKVISION</proxyProtocol></sourceInputPortDescriptor>"
                "</InputProxyChannel>"
                for channel, name in enumerate(self.site.cameras, 1)
            )
            + "</InputProxyChannelList>"
        )


@asynccontextmanager
async def hikvision_device(
    site: Site,
    spec: HikvisionSpec,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    found: bool = False,
) -> AsyncIterator[HikvisionDevice]:
    """Serve one device until the block ends; port 0 takes a free one. The site is its own.

    found: it answers SADP at its address, so that each device with this needs an address of its
    own. Raises ValueError for a host that is not this machine's, and OSError.
    """
    device = HikvisionDevice(spec, site, check_host(host))
    site.route = device.route
    async with AsyncExitStack() as stack:
        device.port = await stack.enter_async_context(serving(device.serve, device.host, port))
        if found:
            answer = partial(sadp.answer, device)
            hearing = responding(sadp.GROUP, sadp.PORT, device.host, answer)
            await stack.enter_async_context(hearing)
        yield device
