"""Networks that may be searched: private ones and loopback, and none so large that it never ends.

Pure. A public address is never asked, whoever wrote it: a search is a knock at many doors, and
these are not ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, ip_network

from nvr_core.wire.errors import SentenceError

ALLOWED = tuple(
    IPv4Network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")
)
"""RFC 1918, RFC 6598 (behind a provider's NAT), loopback."""
MOST = 4096
"""Addresses of one search: sixteen networks of the usual size."""


class NetworkRefused(SentenceError):
    """A network that is not searched, and why."""


def parse(text: str) -> IPv4Network:
    """One network or address as a person writes it. Raises NetworkRefused."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise NetworkRefused(
            f"network: {text[:60]!r} is no network; write one such as 192.168.1.0/24, or an address"
        ) from None
    if not isinstance(network, IPv4Network):
        raise NetworkRefused(
            f"network: {text[:60]!r} is IPv6, which has too many addresses to ask each; cameras in "
            "this network are found by what they announce"
        )
    if not any(network.subnet_of(one) for one in ALLOWED):
        raise NetworkRefused(
            f"network: {network} is public, and strangers' doors are not knocked at; write "
            f"one within {', '.join(str(one) for one in ALLOWED)}"
        )
    return network


def addresses(networks: Iterable[IPv4Network]) -> Sequence[str]:
    """Every host of these networks once, in order. Raises NetworkRefused for too many."""
    every = list(networks)
    total = sum(max(1, one.num_addresses - 2 * (one.prefixlen < 31)) for one in every)
    if total > MOST:
        raise NetworkRefused(
            f"network: {total} addresses are too many for one search; write at most {MOST}, such "
            f"as {max(every, key=lambda one: one.num_addresses).network_address}/24"
        )
    return list(dict.fromkeys(_hosts(every)))


def _hosts(networks: Iterable[IPv4Network]) -> Iterator[str]:
    for network in networks:
        for host in network.hosts():
            yield str(host)
