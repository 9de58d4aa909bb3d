"""A socket that hears what is said to a multicast group, for devices on loopback."""

from __future__ import annotations

import socket
import struct


def in_group(group: str, port: int, host: str) -> socket.socket:
    """Hears the group at the interface with this address, as others may. Raises OSError."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        member = struct.pack("4s4s", socket.inet_aton(group), socket.inet_aton(host))
        door.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        door.bind((group, port))
    except OSError:
        door.close()
        raise
    return door
