"""A brand of cameras and recorders, and a device of it that is logged in to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from nvr_core.contract.config import Config
from nvr_core.contract.discovery import Announcement, Find, Search
from nvr_core.contract.errors import Unsupported
from nvr_core.contract.identity import Identity
from nvr_core.contract.provider import Provider
from nvr_core.contract.streams import Role, StreamSource
from nvr_core.contract.text import Text

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One lens of a device."""

    id: str
    """Stable for this device: the same lens has the same id after a restart."""
    roles: tuple[Role, ...]
    """The streams it has; `stream_source` answers for each of them."""
    name: str = ""
    """What the device calls it."""
    audio: bool = False
    """Whether its streams carry sound that a person wants recorded."""
    identities: frozenset[Identity] = frozenset()
    """Of the camera behind this channel of a recorder."""


@dataclass(frozen=True, kw_only=True)
class DeviceDetails:
    """What a device told about itself."""

    channels: tuple[Channel, ...]
    identities: frozenset[Identity] = frozenset()
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    streams_at_most: int | None = None
    """Streams that it serves at the same time, None when it does not say."""


class Device(ABC):
    """A device that is connected. It has no retry, no thread and no stream of its own."""

    @property
    @abstractmethod
    def info(self) -> DeviceDetails:
        """What it told when it was opened or refreshed; costs nothing."""

    @abstractmethod
    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        """Where the stream is, within 10 s. Raises Unsupported when there is none."""

    async def refresh(self) -> DeviceDetails:
        """Ask again what it is: channels of a recorder come and go. Within 10 s."""
        return self.info

    async def snapshot(self, channel: str) -> bytes:
        """One JPEG that the device made itself, within 10 s. Raises Unsupported."""
        raise Unsupported(Text("This device makes no snapshots."))


class Vendor(Provider[ConfigT, Device], Generic[ConfigT]):
    """A brand, or a standard: `open` yields a Device.

    What finds devices holds no state, shows no login, and changes nothing at a device.
    """

    mdns_types: ClassVar[tuple[str, ...]] = ()
    """Types that its devices announce, such as _axis-video._tcp. Since 0.2."""
    ports: ClassVar[tuple[int, ...]] = ()
    """TCP ports at one of which `probe` may find a device. Since 0.2."""

    def recognise(self, announcement: Announcement) -> Find | None:
        """The device behind an announcement, None when it is not this brand's. Pure. Since 0.2."""
        return None

    async def scan(self, search: Search) -> None:
        """Ask in the brand's own way who is there, and tell `search.found`. Within 10 s. Since 0.2.

        From every interface by multicast or broadcast, and each of `search.addresses` by itself.
        """

    async def probe(self, address: str, port: int, search: Search) -> Find | None:
        """Whether a device of this brand is at an open port. Within 5 s. Since 0.2.

        None for whatever does not answer just as this brand does: an open port is no find. What
        goes wrong on the way counts as None too.
        """
        return None
