"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

_CREDENTIALS = struct.Struct("3i")
"""struct ucred: pid, uid, gid (unix(7), SO_PEERCRED)."""


def peer_uid(writer: asyncio.StreamWriter) -> int:
    """The user of the process at the other end."""
    peer: socket.socket = writer.get_extra_info("socket")
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(raw)[1]
    return uid


def same_user(writer: asyncio.StreamWriter) -> bool:
    """Whether our own user or root is there: nobody else may talk to Ronda's programs."""
    return peer_uid(writer) in (0, os.getuid())
