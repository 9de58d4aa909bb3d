"""Only private networks are searched, and none without end."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.discovery.networks import ALLOWED, MOST, NetworkRefused, addresses, parse


@pytest.mark.parametrize(
    ("text", "first", "count"),
    [
        ("192.168.1.0/24", "192.168.1.1", 254),
        (" 192.168.1.77/24 ", "192.168.1.1", 254),
        ("10.0.0.7", "10.0.0.7", 1),
        ("127.0.5.0/30", "127.0.5.1", 2),
        ("100.64.3.0/31", "100.64.3.0", 2),
        ("172.31.0.0/20", "172.31.0.1", 4094),
    ],
)
def test_hosts_of_private_networks(text: str, first: str, count: int) -> None:
    found = addresses([parse(text)])
    assert (found[0], len(found)) == (first, count)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no network"),
        ("kamera", "is no network"),
        ("192.168.1.0/33", "is no network"),
        ("192.168.1.0-255", "is no network"),
        ("8.8.8.0/24", "is public"),
        ("0.0.0.0/0", "is public"),
        ("192.168.0.0/15", "is public"),
        ("172.32.0.0/16", "is public"),
        ("100.128.0.0/16", "is public"),
        ("169.254.0.0/16", "is public"),
        ("224.0.0.0/24", "is public"),
        ("fe80::/64", "is IPv6"),
    ],
)
def test_what_is_not_searched(text: str, why: str) -> None:
    with pytest.raises(NetworkRefused, match=f"^network: .*{why}"):
        parse(text)


def test_too_many_at_once() -> None:
    with pytest.raises(NetworkRefused, match=f"65534 addresses are too many.*{MOST}"):
        addresses([parse("10.1.0.0/16")])
    with pytest.raises(NetworkRefused, match="too many"):
        addresses([parse(f"10.1.{place * 16}.0/20") for place in range(2)])


def test_an_address_in_two_networks_is_asked_once() -> None:
    found = addresses([parse("10.0.0.0/29"), parse("10.0.0.0/30"), parse("10.0.0.5")])
    assert found == [f"10.0.0.{last}" for last in range(1, 7)]


@given(st.integers(0, 2**32 - 1), st.integers(8, 32))
def test_no_public_address_is_ever_asked(start: int, bits: int) -> None:
    network = IPv4Network((start, bits), strict=False)
    try:
        found = addresses([parse(str(network))])
    except NetworkRefused:
        return
    for address in (found[0], found[-1]):
        assert any(ip_address(address) in one for one in ALLOWED)
        assert not ip_address(address).is_global
