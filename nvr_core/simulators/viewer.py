"""Who a camera talks to, as far as its answers depend on it."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Viewer(Protocol):
    """The other end of an RTSP connection."""

    @property
    def transport(self) -> asyncio.Transport:
        """The connection itself."""

    @property
    def address(self) -> str:
        """The viewer's address."""

    @property
    def own_address(self) -> str:
        """The camera's address, as the viewer reached it."""

    @property
    def encrypted(self) -> bool:
        """The connection is rtsps."""

    def hang_up(self, reset: bool) -> None:
        """Close the connection, or break it by a TCP reset."""
