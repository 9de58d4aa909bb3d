"""Hears what devices announce by mDNS (RFC 6762): the one place that knows zeroconf."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Interface
from itertools import islice

from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from nvr_core.contract import Announcement, Protocols

log = logging.getLogger(__name__)

PATIENCE_MS = 3000
"""For the details of one announcement."""
MOST = 500
"""Announcements that are asked for details in one search."""
ADDRESSES = 4
"""Of one announcement."""
WORD = 200
"""Characters of a name or of a detail."""


@asynccontextmanager
async def listening(
    interfaces: Sequence[IPv4Interface],
    types: Sequence[str],
    heard: Callable[[Announcement], None],
) -> AsyncIterator[None]:
    """Tell of every service of these types (_axis-video._tcp) while the block runs.

    Where nothing can be heard, such as without a network, it is silent and says so in the log.
    """
    if not interfaces or not types:
        yield
        return
    try:
        zeroconf = AsyncZeroconf(interfaces=[str(one.ip) for one in interfaces])
    except OSError as error:
        log.warning("announcements of devices cannot be heard: %s", error)
        yield
        return
    tasks: set[asyncio.Task[None]] = set()
    left = MOST

    def changed(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        nonlocal left
        if state_change is ServiceStateChange.Removed or left <= 0:
            return
        left -= 1
        task = asyncio.create_task(_tell(zeroconf, service_type, name, heard))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    try:
        browser = AsyncServiceBrowser(
            zeroconf.zeroconf, [f"{one}.local." for one in types], handlers=[changed]
        )
        try:
            yield
        finally:
            await browser.async_cancel()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await zeroconf.async_close()


async def _tell(
    zeroconf: Zeroconf, service_type: str, name: str, heard: Callable[[Announcement], None]
) -> None:
    info = AsyncServiceInfo(service_type, name)
    if not await info.async_request(zeroconf, PATIENCE_MS):
        return
    details = {key[:WORD]: (value or "")[:WORD] for key, value in info.decoded_properties.items()}
    for address in islice(info.parsed_addresses(), ADDRESSES):
        if ":" not in address:
            heard(
                Announcement(
                    protocol=Protocols.MDNS,
                    address=address,
                    port=info.port or 0,
                    name=name.removesuffix(f".{service_type}")[:WORD],
                    type=service_type.removesuffix(".local."),
                    details=details,
                )
            )
