"""What vendors say of themselves and of what they found, checked before it is used. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from nvr_core.contract import Certainty, Find, Identity, Text, Vendor

WORD = 200
"""Characters of a word."""
IDENTITIES = 16
PORTS = 16
"""That one vendor may have knocked at."""
_TYPE = re.compile(r"_[A-Za-z0-9-]{1,15}\._(tcp|udp)")
"""RFC 6763, 7: the name of a service."""


def ports_of(vendor: Vendor[Any]) -> tuple[int, ...]:
    """Raises ValueError for ports that are none."""
    ports = tuple(vendor.ports)
    if len(ports) > PORTS or not all(type(one) is int and 0 < one < 65536 for one in ports):
        raise ValueError(f"ports {ports!r} are no more than {PORTS} numbers from 1 to 65535")
    return ports


def types_of(vendor: Vendor[Any]) -> tuple[str, ...]:
    """Raises ValueError for types that are none."""
    types = tuple(vendor.mdns_types)
    for one in types:
        if not isinstance(one, str) or not _TYPE.fullmatch(one):
            raise ValueError(f"mdns_types: {one!r} is no type such as _axis-video._tcp")
    return types


def sound(find: object) -> Find:
    """The find with its words in their bounds. Raises TypeError and ValueError for what is none."""
    if not isinstance(find, Find):
        raise TypeError(f"what is found is a Find, not {type(find).__name__}")
    address = str(IPv4Address(find.address))
    if type(find.port) is not int or not 0 < find.port < 65536:
        raise ValueError(f"port {find.port!r} is no number from 1 to 65535")
    if not isinstance(find.certainty, Certainty):
        raise TypeError(f"certainty {find.certainty!r} is no Certainty")
    identities = frozenset(find.identities)
    if len(identities) > IDENTITIES or not all(isinstance(one, Identity) for one in identities):
        raise TypeError(f"identities are at most {IDENTITIES} of class Identity")
    if find.refusal is not None and not isinstance(find.refusal, Text):
        raise TypeError("refusal is no Text")
    if not isinstance(find.config, Mapping):
        raise TypeError("config is no mapping")
    return replace(
        find,
        address=address,
        identities=identities,
        manufacturer=_word(find.manufacturer),
        model=_word(find.model),
        firmware=_word(find.firmware),
        name=_word(find.name),
    )


def _word(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no text")
    return "".join(one if one.isprintable() else " " for one in text[:WORD]).strip()


def joined(before: Find, find: Find) -> Find:
    """The two words of one vendor on one place: what its own protocol said counts, and no word is
    lost because the later find does not say it."""
    first, second = find, before
    if before.certainty is Certainty.EXACT and find.certainty is Certainty.GENERIC:
        first, second = before, find
    return replace(
        first,
        identities=first.identities | second.identities,
        config={**second.config, **first.config},
        refusal=first.refusal or second.refusal,
        manufacturer=first.manufacturer or second.manufacturer,
        model=first.model or second.model,
        firmware=first.firmware or second.firmware,
        name=first.name or second.name,
    )


def within(address: str, interfaces: Sequence[IPv4Interface], addresses: frozenset[str]) -> bool:
    """Whether somebody there was asked: whatever else is named is somebody's claim."""
    return address in addresses or any(IPv4Address(address) in one.network for one in interfaces)
