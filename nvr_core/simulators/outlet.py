"""The two ways to a viewer: channels of the RTSP connection, and UDP ports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from nvr_core.simulators.packets import FRAME_HEAD, Burst, interleaved

UNREAD_LIMIT = 1 << 20
"""Bytes that may wait for a viewer; beyond them frames are left out up to the next key frame."""
SEND_BUFFER = 1 << 20
TRIES = 64


class TcpOutlet:
    """Two channels of the viewer's RTSP connection."""

    def __init__(self, transport: asyncio.Transport, channel: int) -> None:
        self.channel = channel
        self._transport = transport

    @property
    def full(self) -> bool:
        return self._transport.get_write_buffer_size() > UNREAD_LIMIT

    def media(self, burst: Burst, stamped: bytearray) -> None:
        self._transport.write(stamped)

    def piece(self, packet: memoryview) -> None:
        self._transport.write(bytes(packet))

    def report(self, packet: bytes) -> None:
        self._transport.write(interleaved(self.channel + 1, packet))


class UdpOutlet:
    """A pair of neighbouring UDP ports, RTP on the even one; what the kernel refuses is lost."""

    channel = 0
    full = False

    def __init__(self, host: str, to: tuple[str, int, int]) -> None:
        """host: own address. to: the viewer's address and its two ports."""
        address, media_port, report_port = to
        self._sockets = _even_pair(host)
        self.ports = tuple(one.getsockname()[1] for one in self._sockets)
        self._sockets[0].connect((address, media_port))
        self._sockets[1].connect((address, report_port))

    def media(self, burst: Burst, stamped: bytearray) -> None:
        for packet in burst.pieces(stamped):
            self.piece(packet)

    def piece(self, packet: memoryview) -> None:
        with _lost_if_refused():
            self._sockets[0].send(packet[FRAME_HEAD:])

    def report(self, packet: bytes) -> None:
        with _lost_if_refused():
            self._sockets[1].send(packet)

    def close(self) -> None:
        for one in self._sockets:
            one.close()


@contextmanager
def _lost_if_refused() -> Iterator[None]:
    """UDP promises nothing: a full buffer, or a port nobody listens on, costs the packet."""
    try:
        yield
    except OSError:
        return


def _even_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Two bound sockets on an even port and the next one (RFC 3550, 11)."""
    for _ in range(TRIES):
        first = _bound(host, 0)
        port = first.getsockname()[1]
        if port % 2 == 0:
            try:
                return first, _bound(host, port + 1)
            except OSError:
                first.close()
                continue
        try:
            second = _bound(host, port - 1)
        except OSError:
            first.close()
            continue
        return second, first
    raise OSError(f"No pair of neighbouring UDP ports is free on {host}.")


def _bound(host: str, port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        one.setblocking(False)
        one.bind((host, port))
    except OSError:
        one.close()
        raise
    return one
