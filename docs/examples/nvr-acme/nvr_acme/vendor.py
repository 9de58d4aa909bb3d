"""The brand as Ronda sees it: a name, a form, and a way in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nvr_acme.client import connected
from nvr_acme.config import AcmeConfig
from nvr_acme.device import AcmeDevice, ask_about
from nvr_core.contract import Context, Text, Vendor


class AcmeVendor(Vendor[AcmeConfig]):
    """One device, with one channel or many."""

    name = "acme"
    title = Text("Acme")
    config_type = AcmeConfig

    @asynccontextmanager
    async def open(self, config: AcmeConfig, context: Context) -> AsyncIterator[AcmeDevice]:
        async with connected(config) as client:
            yield AcmeDevice(client, config, context, await ask_about(client))
