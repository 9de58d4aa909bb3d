"""Hikvision's own protocols: ISAPI to ask a device, SADP to find one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nvr_core.contract import (
    Certainty,
    Context,
    ContractError,
    Find,
    Search,
    Text,
    Vendor,
)
from nvr_core.kit.session import open_session
from nvr_plugins.hikvision import sadp
from nvr_plugins.hikvision.config import HikvisionConfig
from nvr_plugins.hikvision.device import INFORMATION, HikvisionDevice, login_of

NOWHERE = "/ronda/no-such-page"


class HikvisionVendor(Vendor[HikvisionConfig]):
    """Its ONVIF is off unless somebody turns it on, so ISAPI comes first."""

    name = "hikvision"
    title = Text("Hikvision")
    config_type = HikvisionConfig
    ports = (80, 85, 8080)

    @asynccontextmanager
    async def open(
        self, config: HikvisionConfig, context: Context
    ) -> AsyncIterator[HikvisionDevice]:
        async with open_session(
            config.address, config.port, login=login_of(config), tls=config.tls
        ) as session:
            yield await HikvisionDevice.connected(session, config)

    async def scan(self, search: Search) -> None:
        await sadp.ask(search.interfaces, search.addresses, search.found)

    async def probe(self, address: str, port: int, search: Search) -> Find | None:
        """A login is wanted at ISAPI's own page, and not at a page that nobody has: a server that
        wants one everywhere is anybody's."""
        try:
            async with open_session(address, port) as session:
                own = await session.ask("GET", INFORMATION, shows_login=False)
                other = await session.ask("GET", NOWHERE, shows_login=False)
        except ContractError:
            return None
        if own.status != 401 or other.status == 401 or "WWW-Authenticate" not in own.headers:
            return None
        return Find(
            address=address, port=port, certainty=Certainty.GENERIC, manufacturer="Hikvision"
        )
