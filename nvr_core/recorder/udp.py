"""RTP over UDP for one track: a pair of ports, a reorder window, and nobody else's packets."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
import socket
from collections.abc import Callable

from nvr_core.media import rtcp
from nvr_core.media.errors import MediaError
from nvr_core.media.rtp import Receiver, Reorder
from nvr_core.recorder.connection import Receive
from nvr_core.recorder.failures import OwnFault, SourceFailed, Unreachable, Unsupported

log = logging.getLogger(__name__)

RECEIVE_BUFFER = 4 << 20
"""Bytes the kernel may hold for us: a key frame arrives as one burst."""

WINDOW = 64
"""Packets that may be waited for when one is missing."""

FIRST_PORT, LAST_PORT = 30000, 60000


class UdpPair:
    """RTP on an even port and RTCP on the next one (RFC 3550, 11)."""

    def __init__(self, rtp: socket.socket, reports: socket.socket, receiver: Receiver) -> None:
        self.port: int = rtp.getsockname()[1]
        self._sockets = (rtp, reports)
        self._receiver = receiver
        self._transports: list[asyncio.DatagramTransport] = []
        self._peers: frozenset[str] = frozenset()
        self._reports_to: tuple[str, int] | None = None

    @classmethod
    async def open(
        cls,
        local: str,
        receiver: Receiver,
        take_report: Receive,
        fail: Callable[[SourceFailed], None],
    ) -> UdpPair:
        """Bind a free pair on a local address. Raises Unreachable when there is none.

        fail: told why, when what comes cannot be a stream.
        """
        loop = asyncio.get_running_loop()
        pair = cls(*_bind_pair(local), receiver)
        reorder = Reorder(WINDOW)

        def take_packet(datagram: bytes) -> None:
            for packet in reorder.push(datagram):
                receiver.packet(packet, 0, len(packet))

        def take_control(datagram: bytes) -> None:
            take_report(datagram, 0, len(datagram))

        try:
            for bound, take in zip(pair._sockets, (take_packet, take_control), strict=True):
                transport, _ = await loop.create_datagram_endpoint(
                    functools.partial(_From, pair, take, fail), sock=bound
                )
                pair._transports.append(transport)
        except BaseException:
            pair.close()
            raise
        return pair

    def expect(self, peer: str, source: str, ports: tuple[int, int] | None) -> None:
        """Take packets of the camera only, and open the way back through a firewall.

        source: where it says that packets come from, which is often empty and sometimes wrong.
        """
        self._peers = frozenset((peer, source or peer))
        if ports is not None:
            self._reports_to = peer, ports[1]
            with contextlib.suppress(OSError):
                self._transports[0].sendto(b"\x80\0\0\0\0\0\0\0\0\0\0\0", (peer, ports[0]))

    def report(self) -> None:
        """Tell the camera what arrives: some end a session that never does."""
        if self._reports_to is not None:
            with contextlib.suppress(OSError):
                packet = rtcp.receiver_report(self._receiver)
                self._transports[1].sendto(packet, self._reports_to)

    def close(self) -> None:
        """Give back both ports; may be called again."""
        self._reports_to = None
        for transport in self._transports:
            transport.close()
        for unused in self._sockets[len(self._transports) :]:
            unused.close()

    def from_peer(self, address: str) -> bool:
        return not self._peers or address in self._peers


class _From(asyncio.DatagramProtocol):
    def __init__(
        self,
        pair: UdpPair,
        take: Callable[[bytes], None],
        fail: Callable[[SourceFailed], None],
    ) -> None:
        self._pair = pair
        self._take = take
        self._fail = fail

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._pair.from_peer(addr[0]):
            return
        try:
            self._take(data)
        except MediaError as error:
            self._fail(Unsupported(f"the camera sent what is no video: {error}"))
        except Exception as error:
            log.exception("a fault of Ronda with what a camera sent")
            self._fail(OwnFault(error))

    def error_received(self, exc: Exception) -> None:
        """An ICMP answer to a report: the session's own silence will tell."""


def _bind_pair(local: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    # Anywhere in the range: a camera may still send to the ports of the conversation before.
    first = random.randrange(FIRST_PORT, LAST_PORT, 2)  # noqa: S311 - no secret
    for port in (*range(first, LAST_PORT, 2), *range(FIRST_PORT, first, 2)):
        rtp = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        reports = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            rtp.bind((local, port))
            reports.bind((local, port + 1))
        except OSError:
            rtp.close()
            reports.close()
            continue
        rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        return rtp, reports
    raise Unreachable(f"no free pair of UDP ports between {FIRST_PORT} and {LAST_PORT}")
