"""How devices are found before anybody has added them: what they say, and what a brand makes of it.

Nobody logs in to find one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Interface
from typing import Any, Protocol

from nvr_core.contract.identity import Identity
from nvr_core.contract.text import Text


class Certainty(StrEnum):
    """Who says what a device is: its own brand's protocol, or a standard that all brands speak."""

    EXACT = "exact"
    GENERIC = "generic"


class Protocols(StrEnum):
    """In what a device announced itself."""

    MDNS = "mdns"
    WS_DISCOVERY = "ws-discovery"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What a device told everybody of itself. Every field but `address` is its own word."""

    protocol: Protocols
    address: str
    """Who sent it; what a device says of its own address is often wrong."""
    port: int
    """Where it says that it can be asked; 0: it does not say."""
    path: str = ""
    """The same, of a WS-Discovery answer's first address: /onvif/device_service."""
    name: str = ""
    """mDNS: the instance. WS-Discovery: the name among its scopes, percent-decoded."""
    type: str = ""
    """mDNS: _axis-video._tcp. WS-Discovery: the types without prefixes, separated by blanks."""
    uuid: str = ""
    """WS-Discovery: of its endpoint, when that is one."""
    scopes: tuple[str, ...] = ()
    """WS-Discovery: percent-decoded, such as onvif://www.onvif.org/hardware/DS-2CD2143."""
    details: Mapping[str, str] = field(default_factory=dict)
    """mDNS: the TXT record."""


@dataclass(frozen=True, kw_only=True)
class Find:
    """A device that a vendor recognised, and would open."""

    address: str
    port: int
    """For the vendor's config."""
    certainty: Certainty
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    name: str = ""
    """What it calls itself."""
    identities: frozenset[Identity] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict)
    """Other options of the vendor's config, as they would be stored; never a login."""
    refusal: Text | None = None
    """Why it cannot be added as it is, for whoever brought it; None: it can."""


class Search(Protocol):
    """What the core lends to `scan` and `probe`."""

    @property
    def log(self) -> logging.LoggerAdapter[Any]:
        """Where to write."""

    @property
    def interfaces(self) -> Sequence[IPv4Interface]:
        """Own addresses with their networks, to ask by multicast and broadcast from."""

    @property
    def addresses(self) -> Sequence[str]:
        """Addresses to be asked one by one, too: where multicast does not reach."""

    def found(self, find: Find) -> None:
        """Tell of a device. It may be told again, with more."""

    def now(self) -> int:
        """Wall time in µs since 1970-01-01 UTC."""
