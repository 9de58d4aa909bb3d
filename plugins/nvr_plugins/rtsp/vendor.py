"""One camera with one channel, named by its addresses; connecting is the recorder's work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nvr_core.contract import (
    Channel,
    Context,
    Device,
    DeviceDetails,
    Role,
    StreamSource,
    Text,
    Unsupported,
    Vendor,
)
from nvr_plugins.rtsp.config import RtspConfig

CHANNEL = "1"


class RtspDevice(Device):
    """Knows what was written down. Such a camera cannot be asked who it is: no identities."""

    def __init__(self, config: RtspConfig) -> None:
        self._config = config
        self._urls = {Role(name): address.url for name, address in config.addresses()}
        channel = Channel(id=CHANNEL, roles=tuple(self._urls), audio=config.audio)
        self._details = DeviceDetails(channels=(channel,))

    @property
    def info(self) -> DeviceDetails:
        return self._details

    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        url = self._urls.get(role) if channel == CHANNEL else None
        if url is None:
            raise Unsupported(
                Text(
                    'There is no stream "{role}" of channel {channel}.', role=role, channel=channel
                )
            )
        return StreamSource(
            url=url,
            login=self._config.login,
            transport=self._config.transport,
            verify_tls=self._config.verify_tls,
        )


class RtspVendor(Vendor[RtspConfig]):
    """Opens at once: whether the address is right shows when the recorder connects."""

    name = "rtsp"
    title = Text("Camera by its address")
    config_type = RtspConfig

    @asynccontextmanager
    async def open(self, config: RtspConfig, context: Context) -> AsyncIterator[RtspDevice]:
        yield RtspDevice(config)
