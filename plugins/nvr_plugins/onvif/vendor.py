"""ONVIF: the floor that most brands share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from nvr_core.contract import (
    Announcement,
    Certainty,
    Context,
    ContractError,
    Find,
    IdentityKind,
    Protocols,
    Search,
    Text,
    Vendor,
)
from nvr_core.kit.onvif import DEVICE, DOOR, open_onvif
from nvr_plugins.onvif.config import OnvifConfig
from nvr_plugins.onvif.device import OnvifDevice, identity, login_of

SCOPE = "onvif://www.onvif.org/"


class OnvifVendor(Vendor[OnvifConfig]):
    """Any camera or recorder with ONVIF; what a brand has besides is its own plugin's."""

    name = "onvif"
    title = Text("ONVIF")
    config_type = OnvifConfig
    ports = (80, 2020, 8000, 8899)

    @asynccontextmanager
    async def open(self, config: OnvifConfig, context: Context) -> AsyncIterator[OnvifDevice]:
        async with (
            AsyncExitStack() as stack,
            open_onvif(
                config.address, config.port, login=login_of(config), now=context.now
            ) as client,
        ):
            yield await OnvifDevice.connected(client, config, stack)

    def recognise(self, announcement: Announcement) -> Find | None:
        if announcement.protocol is not Protocols.WS_DISCOVERY:
            return None
        scopes = [one for one in announcement.scopes if one.startswith(SCOPE)]
        # A printer answers the empty question too; it has neither.
        if not scopes and "NetworkVideoTransmitter" not in announcement.type.split():
            return None
        words = dict(one.removeprefix(SCOPE).partition("/")[::2] for one in reversed(scopes))
        marks = (
            (IdentityKind.UUID, announcement.uuid),
            (IdentityKind.MAC, words.get("MAC", "")),
        )
        return Find(
            address=announcement.address,
            port=announcement.port or 80,
            certainty=Certainty.GENERIC,
            model=words.get("hardware", ""),
            name=announcement.name,
            identities=frozenset(
                one for kind, value in marks if (one := identity(kind, value)) is not None
            ),
        )

    async def probe(self, address: str, port: int, search: Search) -> Find | None:
        """Its clock is told to everybody, and by nobody else in this way (ONVIF Core, 5.12)."""
        try:
            async with open_onvif(address, port, login=None, now=search.now) as client:
                said = await client.call_at(DOOR, f'<GetSystemDateAndTime xmlns="{DEVICE}"/>')
        except (ContractError, OSError):
            return None
        if said.name != "GetSystemDateAndTimeResponse":
            return None
        return Find(address=address, port=port, certainty=Certainty.GENERIC)
