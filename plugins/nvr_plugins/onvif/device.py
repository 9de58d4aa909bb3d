"""An ONVIF device that is logged in to."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from urllib.parse import urlsplit, urlunsplit

from nvr_core.contract import (
    AuthFailed,
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
from nvr_core.kit.elements import Element, escaped
from nvr_core.kit.onvif import DEVICE, MEDIA, MEDIA2, OnvifClient
from nvr_core.kit.session import PICTURE_BYTES, DeviceSession, open_session
from nvr_plugins.onvif import profiles
from nvr_plugins.onvif.config import OnvifConfig
from nvr_plugins.onvif.profiles import Lens, Profile

RTSP_PORT = 554
WORD = 200
"""Characters of what it says of itself."""


class OnvifDevice(Device):
    """Made by `connected`."""

    def __init__(self, client: OnvifClient, config: OnvifConfig, stack: AsyncExitStack) -> None:
        """stack: closes what is opened for pictures."""
        self._client = client
        self._config = config
        self._login = login_of(config)
        self._stack = stack
        self._pictures: dict[tuple[int, bool], DeviceSession] = {}
        """One session for each port: a wrong login is shown there once, too."""
        self._details = DeviceDetails(channels=())
        self._lenses: Mapping[str, Lens] = {}
        self._media = MEDIA

    @classmethod
    async def connected(
        cls, client: OnvifClient, config: OnvifConfig, stack: AsyncExitStack
    ) -> OnvifDevice:
        """Ask it who it is. Raises AuthFailed, NotReady, Unsupported."""
        device = cls(client, config, stack)
        await device.refresh()
        return device

    @property
    def info(self) -> DeviceDetails:
        return self._details

    async def refresh(self) -> DeviceDetails:
        told = await self._client.call(DEVICE, f'<GetDeviceInformation xmlns="{DEVICE}"/>')
        found = profiles.lenses(await self._profiles())
        if not found:
            raise Unsupported(
                Text("{host} has no video profile; make one on its own page.", host=self._host)
            )
        self._lenses = {one.source: one for one in found}
        self._details = DeviceDetails(
            channels=tuple(self._channel(one) for one in found),
            identities=frozenset(await self._identities(told)),
            manufacturer=told.value("Manufacturer")[:WORD],
            model=told.value("Model")[:WORD],
            firmware=told.value("FirmwareVersion")[:WORD],
        )
        return self._details

    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        profile = self._profile(channel, role)
        token = f"<ProfileToken>{escaped(profile.token)}</ProfileToken>"
        if self._media == MEDIA2:
            asked = f"<Protocol>RtspUnicast</Protocol>{token}"
        else:
            schema = "http://www.onvif.org/ver10/schema"
            asked = (
                f'<StreamSetup><Stream xmlns="{schema}">RTP-Unicast</Stream>'
                f'<Transport xmlns="{schema}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
                + token
            )
        said = await self._media_call("GetStreamUri", asked)
        return StreamSource(
            url=self._at_device(_uri(said), ("rtsp", "rtsps"), RTSP_PORT),
            login=self._login,
            transport=self._config.transport,
            verify_tls=False,
        )

    async def snapshot(self, channel: str) -> bytes:
        profile = self._profile(channel, Role.MAIN)
        token = f"<ProfileToken>{escaped(profile.token)}</ProfileToken>"
        url = self._at_device(
            _uri(await self._media_call("GetSnapshotUri", token)), ("http", "https"), 80
        )
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        session = await self._picture_session(parts.port or (443 if tls else 80), tls)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            picture = await session.get(path or "/", most=PICTURE_BYTES)
        except AuthFailed:
            # ONVIF's user was right: pictures have users of their own at some devices.
            raise Unsupported(
                Text("{host} does not show its pictures to this user.", host=self._host)
            ) from None
        if not picture.startswith(b"\xff\xd8"):
            raise NotReady(Text("{host} sends no JPEG.", host=self._host), code="no-picture")
        return picture

    async def _picture_session(self, port: int, tls: bool) -> DeviceSession:
        if (port, tls) not in self._pictures:
            opening = open_session(self._host, port, login=self._login, tls=tls)
            self._pictures[port, tls] = await self._stack.enter_async_context(opening)
        return self._pictures[port, tls]

    @property
    def _host(self) -> str:
        return self._config.address

    async def _profiles(self) -> list[Profile]:
        if MEDIA2 in await self._client.services():
            try:
                self._media = MEDIA2
                said = await self._media_call("GetProfiles", "<Type>All</Type>")
                if found := list(profiles.of_media2(said)):
                    return found
            except Unsupported:
                pass  # it names a service that it does not have
        self._media = MEDIA
        return list(profiles.of_media1(await self._media_call("GetProfiles", "")))

    async def _media_call(self, word: str, inside: str) -> Element:
        return await self._client.call(
            self._media, f'<{word} xmlns="{self._media}">{inside}</{word}>'
        )

    async def _identities(self, told: Element) -> list[Identity]:
        found = []
        if serial := told.value("SerialNumber")[:WORD]:
            found.append(identity(IdentityKind.SERIAL, serial))
        try:
            cards = await self._client.call(DEVICE, f'<GetNetworkInterfaces xmlns="{DEVICE}"/>')
        except (Unsupported, NotReady):
            cards = None  # some devices tell this to administrators only
        if cards is not None:
            found += [
                identity(IdentityKind.MAC, one.value("Info/HwAddress"))
                for one in cards.all("NetworkInterfaces")
            ]
        return [one for one in found if one is not None]

    def _channel(self, lens: Lens) -> Channel:
        audio = self._config.audio and lens.by_role[Role.MAIN].audio
        return Channel(
            id=lens.source, roles=tuple(lens.by_role), name=lens.name[:WORD], audio=audio
        )

    def _profile(self, channel: str, role: Role) -> Profile:
        lens = self._lenses.get(channel)
        profile = lens.by_role.get(role) if lens else None
        if profile is None:
            raise Unsupported(
                Text(
                    'There is no stream "{role}" of channel {channel}.', role=role, channel=channel
                )
            )
        return profile

    def _at_device(self, uri: str, schemes: tuple[str, ...], port: int) -> str:
        """The address with this device's own host: behind NAT and after a move, its word for it is
        wrong. A login in it is left out."""
        try:
            parts = urlsplit(uri)
            own = parts.port or (port if parts.scheme == schemes[0] else None)
        except ValueError:
            parts, own = urlsplit(""), None
        if parts.scheme not in schemes:
            raise NotReady(
                Text("{host} gives an address that cannot be used.", host=self._host),
                code="bad-address",
            )
        host = f"[{self._host}]" if ":" in self._host else self._host
        place = f"{host}:{own}" if own else host
        return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def login_of(config: OnvifConfig) -> Login | None:
    """None where no user name is written: an empty one would count as a wrong login."""
    return Login(user=config.username, password=config.password) if config.username else None


def _uri(said: Element) -> str:
    """Media1 puts it inside MediaUri, Media2 does not."""
    return (said.value("MediaUri/Uri") or said.value("Uri"))[:2000]


def identity(kind: IdentityKind, value: str) -> Identity | None:
    """The identity, None when the device writes something else there."""
    try:
        return Identity(kind=kind, value=value)
    except ValueError:
        return None
