"""The addresses of this machine, to search from."""

from __future__ import annotations

from ipaddress import IPv4Interface

import ifaddr


def own() -> list[IPv4Interface]:
    """IPv4 addresses with their networks, without loopback.

    Point-to-point addresses (/32) are left out: nobody else is in such a network.
    """
    found = [
        IPv4Interface(f"{address.ip}/{address.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for address in adapter.ips
        if address.is_IPv4
    ]
    return [one for one in found if one.network.prefixlen < 32 and not one.is_loopback]
