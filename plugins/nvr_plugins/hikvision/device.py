"""A Hikvision camera or recorder that is logged in to, by ISAPI."""

from __future__ import annotations

from nvr_core.contract import (
    Channel,
    Device,
    DeviceDetails,
    Identity,
    IdentityKind,
    Login,
    NotReady,
    Role,
    StreamSource,
    Text,
    Unsupported,
)
from nvr_core.kit.answer import Answer, must_be_good
from nvr_core.kit.elements import Element, ElementsError, parse
from nvr_core.kit.session import PICTURE_BYTES, DeviceSession
from nvr_plugins.hikvision import channels
from nvr_plugins.hikvision.config import HikvisionConfig

INFORMATION = "/ISAPI/System/deviceInfo"
STREAMS = "/ISAPI/Streaming/channels"
PROXIES = "/ISAPI/ContentMgmt/InputProxy/channels"
WORD = 200
"""Characters of what it says of itself."""
NUMBERS = {Role.MAIN: 1, Role.SUB: 2}


class HikvisionDevice(Device):
    """Made by `connected`."""

    def __init__(self, session: DeviceSession, config: HikvisionConfig) -> None:
        self._session = session
        self._config = config
        self._details = DeviceDetails(channels=())

    @classmethod
    async def connected(cls, session: DeviceSession, config: HikvisionConfig) -> HikvisionDevice:
        """Ask it who it is. Raises AuthFailed, NotReady, Unsupported."""
        device = cls(session, config)
        await device.refresh()
        return device

    @property
    def info(self) -> DeviceDetails:
        return self._details

    async def refresh(self) -> DeviceDetails:
        told = await self._read(INFORMATION, "DeviceInfo")
        found = await self._channels()
        if not found:
            raise Unsupported(
                Text("{host} has no channel with a picture.", host=self._session.host)
            )
        self._details = DeviceDetails(
            channels=tuple(found),
            identities=frozenset(
                one
                for kind, name in (
                    (IdentityKind.SERIAL, "serialNumber"),
                    (IdentityKind.MAC, "macAddress"),
                )
                for one in identity(kind, told.value(name)[:WORD])
            ),
            manufacturer=told.value("manufacturer")[:WORD] or "Hikvision",
            model=told.value("model")[:WORD],
            firmware=told.value("firmwareVersion")[:WORD],
        )
        return self._details

    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        self._one(channel, role)
        config = self._config
        host = f"[{config.address}]" if ":" in config.address else config.address
        number = f"{channel}0{NUMBERS[role]}"
        return StreamSource(
            url=f"rtsp://{host}:{config.rtsp_port}/Streaming/Channels/{number}",
            login=login_of(config),
            transport=config.transport,
        )

    async def snapshot(self, channel: str) -> bytes:
        self._one(channel, Role.MAIN)
        path = f"{STREAMS}/{channel}01/picture?snapShotImageType=JPEG"
        answer = await self._session.ask("GET", path, most=PICTURE_BYTES)
        if _is_proxied(answer):
            path = f"/ISAPI/ContentMgmt/StreamingProxy/channels/{channel}01/picture"
            answer = await self._session.ask("GET", path, most=PICTURE_BYTES)
        must_be_good(answer, self._session.host)
        if not answer.body.startswith(b"\xff\xd8"):
            raise NotReady(
                Text("{host} sends no JPEG.", host=self._session.host), code="no-picture"
            )
        return answer.body

    async def _channels(self) -> list[Channel]:
        answer = await self._session.ask("GET", PROXIES)
        if answer.good and (found := channels.of_recorder(self._parsed(answer.body))):
            return list(found)
        root = await self._read(STREAMS, "StreamingChannelList")
        return list(channels.of_camera(root, audio=self._config.audio))

    def _one(self, channel: str, role: Role) -> Channel:
        for one in self._details.channels:
            if one.id == channel and role in one.roles:
                return one
        raise Unsupported(
            Text('There is no stream "{role}" of channel {channel}.', role=role, channel=channel)
        )

    async def _read(self, path: str, name: str) -> Element:
        root = self._parsed(await self._session.get(path))
        if root.name != name:
            raise NotReady(
                Text(
                    "{host} does not answer as Hikvision's devices do: {why}.",
                    host=self._session.host,
                    why=f"<{root.name[:40]}>",
                ),
                code="not-hikvision",
            )
        return root

    def _parsed(self, body: bytes) -> Element:
        try:
            return parse(body)
        except ElementsError as error:
            raise NotReady(
                Text(
                    "{host} does not answer as Hikvision's devices do: {why}.",
                    host=self._session.host,
                    why=error,
                ),
                code="not-hikvision",
            ) from None


def login_of(config: HikvisionConfig) -> Login | None:
    """None where no user name is written: an empty one would count as a wrong login."""
    return Login(user=config.username, password=config.password) if config.username else None


def _is_proxied(answer: Answer) -> bool:
    """A recorder says so of a channel that is another camera's (statusCode 6, badXmlContent)."""
    return not answer.good and b"badXmlContent" in answer.body


def identity(kind: IdentityKind, value: str) -> list[Identity]:
    """The identity, or none when the device writes something else there."""
    try:
        return [Identity(kind=kind, value=value)]
    except ValueError:
        return []
