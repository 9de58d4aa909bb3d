"""What every test stands on: no network but loopback, and one cache of simulated cameras' loops."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from nvr_core.testing.loops import loop_cache

__all__ = ["loop_cache"]  # a fixture of every test

# What decides whether a change lands must not depend on chance: with CI set, the examples are the
# same each time. Everybody else's runs go on looking for new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


class OutsideNetwork(Exception):
    """A test reached for an address that is not this machine's loopback."""


def is_local(address: object) -> bool:
    """Whether a socket address stays on this machine: loopback, a Unix socket, a netlink one."""
    if not (isinstance(address, tuple) and address and isinstance(address[0], str)):
        return True  # paths of Unix sockets; numbers of netlink and packet sockets
    host = address[0].partition("%")[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def goes_round(sender: socket.socket, address: object) -> bool:
    """Whether a datagram to a group leaves by the loopback interface, and so not this machine."""
    if not (isinstance(address, tuple) and ipaddress.ip_address(address[0]).is_multicast):
        return False
    card = sender.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)
    return ipaddress.IPv4Address(card).is_loopback


def refuse(address: object) -> None:
    if not is_local(address):
        raise OutsideNetwork(f"tests may reach loopback only, not {address!r}")


@pytest.fixture(scope="session", autouse=True)
def no_outside_network() -> Iterator[None]:
    """Refuse connections, datagrams, name look-ups and open ports outside loopback.

    It covers Python's own sockets in the test processes. Programs that tests start are not
    covered; they are given loopback addresses.
    """
    plain = socket.socket
    own = {name: getattr(plain, name) for name in ("connect", "connect_ex", "sendto", "bind")}
    look_up = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> Any:
        refuse(address)
        return own["connect"](self, address)

    def connect_ex(self: socket.socket, address: Any) -> Any:
        refuse(address)
        return own["connect_ex"](self, address)

    def sendto(self: socket.socket, *arguments: Any) -> Any:
        if not goes_round(self, arguments[-1]):
            refuse(arguments[-1])
        return own["sendto"](self, *arguments)

    def bind(self: socket.socket, address: Any) -> Any:
        if self.type == socket.SOCK_STREAM:  # a datagram socket that waits for answers is not open
            refuse(address)
        return own["bind"](self, address)

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host is not None:  # None is this machine
            refuse((host.decode() if isinstance(host, bytes) else host,))
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        for guard in (connect, connect_ex, sendto, bind):
            patch.setattr(plain, guard.__name__, guard)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield
