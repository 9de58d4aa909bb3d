"""One Acme device that let us in: what it is, and where its streams are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from nvr_acme.answers import About, Lens, Stream
from nvr_acme.client import PICTURE_BYTES, AcmeClient
from nvr_acme.config import AcmeConfig
from nvr_core.contract import (
    Channel,
    Context,
    Device,
    DeviceDetails,
    Identity,
    IdentityKind,
    NotReady,
    Refresh,
    Role,
    StreamSource,
    Text,
    Unsupported,
)
from nvr_core.kit.address import RTSP, AddressError, parse

QUALITIES = {Role.MAIN: "high", Role.SUB: "low"}
SECOND = 1_000_000
"""µs."""
JPEG = b"\xff\xd8\xff"


class AcmeDevice(Device):
    """Made by `open`, after it has told about itself."""

    def __init__(
        self, client: AcmeClient, config: AcmeConfig, context: Context, about: About
    ) -> None:
        self._client = client
        self._config = config
        self._context = context
        self._details = _details(about, config)

    @property
    def info(self) -> DeviceDetails:
        return self._details

    async def refresh(self) -> DeviceDetails:
        self._details = _details(await ask_about(self._client), self._config)
        return self._details

    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        if role not in self._channel(channel).roles:
            raise Unsupported(
                Text(
                    'There is no stream "{role}" of channel {channel}.', role=role, channel=channel
                )
            )
        wanted = {"channel": channel, "quality": QUALITIES[role]}
        told = await self._client.ask("GET", "/acme/stream", Stream, params=wanted)
        return StreamSource(
            url=self._trusted(told.url),
            expires_at=self._context.now() + told.expires_in * SECOND,
            refresh=Refresh.EACH_CONNECT,  # an address serves one connection
            secret_parts=(told.ticket,),
        )

    async def snapshot(self, channel: str) -> bytes:
        wanted = {"channel": self._channel(channel).id}
        picture = await self._client.read("GET", "/acme/snapshot", PICTURE_BYTES, params=wanted)
        if not picture.startswith(JPEG):
            raise NotReady(Text("{host} sent no JPEG.", host=self._config.host))
        return picture

    def _channel(self, wanted: str) -> Channel:
        for channel in self._details.channels:
            if channel.id == wanted:
                return channel
        raise Unsupported(Text("There is no channel {channel}.", channel=wanted))

    def _trusted(self, told: str) -> str:
        """The url with this device's own host: behind address translation it knows another.

        So a device cannot send a recorder elsewhere either, nor make it read a file.
        """
        try:
            url = urlsplit(parse(told, Path("/")).url)
        except AddressError:
            url = urlsplit("")
        if url.scheme not in RTSP:
            raise NotReady(Text("{host} names no RTSP address.", host=self._config.host))
        port = f":{url.port}" if url.port else ""
        return urlunsplit(url._replace(netloc=f"{self._config.host}{port}"))


async def ask_about(client: AcmeClient) -> About:
    """What the device tells about itself. Raises what `AcmeClient.ask` raises."""
    return await client.ask("GET", "/acme/about", About)


def _details(about: About, config: AcmeConfig) -> DeviceDetails:
    lenses = {lens.number: lens for lens in about.channels if _roles(lens)}
    return DeviceDetails(
        channels=tuple(_channel(lens, config) for lens in lenses.values()),
        identities=frozenset(_identities(about)),
        manufacturer="Acme",
        model=about.model,
        firmware=about.firmware,
    )


def _channel(lens: Lens, config: AcmeConfig) -> Channel:
    return Channel(
        id=str(lens.number),
        roles=_roles(lens),
        name=lens.name,
        audio=config.audio and lens.microphone,
    )


def _roles(lens: Lens) -> tuple[Role, ...]:
    return tuple(role for role, quality in QUALITIES.items() if quality in lens.qualities)


def _identities(about: About) -> Iterator[Identity]:
    """By these it is found again when its address has changed; a blank one is left out."""
    for kind, value in ((IdentityKind.SERIAL, about.serial), (IdentityKind.MAC, about.mac)):
        try:
            yield Identity(kind=kind, value=value)
        except ValueError:
            continue
