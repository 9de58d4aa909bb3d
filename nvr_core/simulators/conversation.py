"""One RTSP connection at a site of simulated cameras (RFC 2326): requests in, answers out."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Protocol

from nvr_core.media import rtsp
from nvr_core.media.errors import MediaError
from nvr_core.media.interleaved import StreamReader
from nvr_core.simulators import answers
from nvr_core.simulators.address import Address, read_address
from nvr_core.simulators.answers import Reply
from nvr_core.simulators.camera import Asked, Camera
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.player import CameraClock
from nvr_core.simulators.spec import Stream

SERVER = "Ronda simulator"
CONNECTIONS = 4096
"""Connections that a site accepts at a time."""


class House(Protocol):
    """What a connection asks of its site."""

    clock: CameraClock
    conversations: set[Conversation]

    def find(self, path: str, method: str) -> tuple[Camera, Stream] | None:
        """The camera and stream that a request of this method finds at a path."""


class Conversation(asyncio.BufferedProtocol):
    """A connection of one client, who may talk to several cameras on it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._reader = StreamReader(self._packet, self._message)
        self._transport: asyncio.Transport | None = None
        self._cameras: set[Camera] = set()
        self.address = ""

    @property
    def transport(self) -> asyncio.Transport:
        """The connection, for those who send media on it."""
        if self._transport is None:
            raise RuntimeError("This connection has not been made yet.")
        return self._transport

    @property
    def own_address(self) -> str:
        return str(self.transport.get_extra_info("sockname")[0])

    @property
    def encrypted(self) -> bool:
        return self.transport.get_extra_info("ssl_object") is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"{transport} is no stream.")
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        if len(self._house.conversations) >= CONNECTIONS:
            transport.abort()
            return
        self._house.conversations.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._house.conversations.discard(self)
        for camera in self._cameras:
            camera.left(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._reader.get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        if self.transport.is_closing():
            return
        try:
            self._reader.buffer_updated(nbytes)
        except MediaError:
            self._say(Reply(400), "0", Faults())
            self.transport.close()

    def eof_received(self) -> bool:
        return False

    def hang_up(self, reset: bool) -> None:
        """Close the connection; reset: the peer sees a TCP reset and loses what is in flight."""
        if not reset:
            self.transport.close()
            return
        own: socket.socket | None = self.transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _packet(self, channel: int, buffer: bytearray, start: int, end: int) -> None:
        """Receiver reports tell a camera nothing that matters here."""

    def _message(self, message: rtsp.Request | rtsp.Response) -> None:
        if isinstance(message, rtsp.Response):
            return
        cseq = message.headers.get("CSeq", "0")
        address = read_address(message.url)
        if message.method == "OPTIONS" and message.url == "*":
            self._say(answers.options(Faults()), cseq, Faults())
            return
        if address is None:
            self._say(Reply(400), cseq, Faults())
            return
        found = self._house.find(address.path, message.method)
        if found is None:
            self._say(Reply(404), cseq, Faults())
            return
        self._ask(message, cseq, address, *found)

    def _ask(
        self, request: rtsp.Request, cseq: str, address: Address, camera: Camera, stream: Stream
    ) -> None:
        """Put a request to its camera, and say what it answers, if it does."""
        self._cameras.add(camera)
        camera.lines.add(self)
        now = self._house.clock.now()
        headers = request.headers
        agent, session = headers.get("User-Agent"), rtsp.parse_session(headers.get("Session"))[0]
        camera.requests.append(Asked(now, request.method, request.url, agent, session))
        faults = camera.faults
        if faults.dead == "reset":
            self.hang_up(True)
        if faults.dead or any(one.frozen and one.line is self for one in camera.sessions):
            return
        question = answers.Question(request, address, camera, stream, self, now)
        reply = answers.answer(question)
        for packet in reply.packets_before:
            self.transport.write(packet)
        self._say(reply, cseq, faults)

    def _say(self, reply: Reply, cseq: str, faults: Faults) -> None:
        """Send an answer, with the header quirks of row 20."""
        quirks = faults.headers
        fields = [("Cseq" if "cseq-case" in quirks else "CSeq", cseq), ("Server", SERVER)]
        fields += [
            (name, value)
            for name, value in reply.headers
            if not (name == "Content-Type" and "no-content-type" in quirks)
        ]
        if "trailing-blanks" in quirks:
            fields = [(name, f"  {value}   ") for name, value in fields]
        self.transport.write(rtsp.build_response(reply.status, "", fields, reply.body))
