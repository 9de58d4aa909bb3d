"""One TCP connection to a camera: requests and answers, and packets between them."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Mapping

from nvr_core.media import rtsp
from nvr_core.media.errors import MediaError
from nvr_core.media.interleaved import StreamReader
from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.failures import (
    NoConnection,
    OwnFault,
    SourceFailed,
    Unreachable,
    Unsupported,
)

log = logging.getLogger(__name__)

Receive = Callable[[bytes | bytearray, int, int], None]

AGENT = "Ronda"
"""Some cameras refuse a client without a name (facts of the field: a 401 without User-Agent)."""

UNREAD = 65536
"""Bytes that may wait for a camera that does not read what we send."""


def _nobody(channel: int, buffer: bytearray, start: int, end: int) -> None:
    """A packet of a channel that nobody listens to."""


class Connection(asyncio.BufferedProtocol):
    """Speaks RTSP (RFC 2326) over one fixed receive buffer.

    receivers maps interleaved channels to what takes their packets; packets of any other channel
    are dropped, because cameras send data of sessions that ended long ago.
    """

    _reader: StreamReader
    """Made with the connection: until a camera answers there is nothing to receive into."""

    def __init__(self, loop: asyncio.AbstractEventLoop, buffers: Buffers) -> None:
        self._loop = loop
        self._buffers = buffers
        self._buffer: bytearray | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[rtsp.Response]] = {}
        self._sequence = 0
        self.receivers: dict[int, Receive] = {}
        self.lost: asyncio.Future[SourceFailed] = loop.create_future()

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], patience: float
    ) -> rtsp.Response:
        """Send a request and wait for its answer. Raises SourceFailed when there is none."""
        self.send(method, url, headers)
        if self.lost.done():
            raise self.lost.result()
        answer: asyncio.Future[rtsp.Response] = self._loop.create_future()
        number = self._sequence
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError:
            raise Unreachable(
                f"the camera took the connection but did not answer {method} "
                f"within {patience:g} s; restart it if this goes on",
            ) from None
        finally:
            self._waiting.pop(number, None)

    def send(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        """Send a request whose answer nobody waits for. Raises SourceFailed when it cannot be."""
        self._sequence += 1
        named = {"User-Agent": AGENT, **headers}
        try:
            self._write(rtsp.build_request(method, url, self._sequence, named))
        except MediaError as error:
            raise Unsupported(str(error)) from None

    def send_packet(self, channel: int, packet: bytes) -> None:
        """Send an interleaved packet (RFC 2326, 10.12)."""
        self._write(bytes((0x24, channel, len(packet) >> 8, len(packet) & 255)) + packet)

    def _write(self, message: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > UNREAD:
            self.fail(
                Unreachable("the camera does not read what it is sent; restart it if this goes on")
            )
            return
        self._transport.write(message)

    def fail(self, reason: SourceFailed) -> None:
        """End the connection for this reason; the first reason counts."""
        if not self.lost.done():
            self.lost.set_result(reason)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(reason)
                # Whoever waited may have been cancelled already: the reason is told by `lost`.
                answer.exception()
        self._waiting.clear()
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Deliver nothing more and hang up; a camera that reads nothing is not waited for."""
        self.receivers.clear()
        if self._transport is not None:
            if self._transport.get_write_buffer_size():
                self._transport.abort()
            else:
                self._transport.close()
        if not self.lost.done():
            self.lost.set_result(Unreachable("the recorder hung up"))

    @property
    def local(self) -> str:
        """Our own address on the way to this camera."""
        if self._transport is None:
            return ""
        name = self._transport.get_extra_info("sockname")
        return str(name[0]) if name else ""

    @property
    def peer(self) -> str:
        """The camera's address, for UDP and for sentences."""
        if self._transport is None:
            return ""
        name = self._transport.get_extra_info("peername")
        return str(name[0]) if name else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = self._buffers.take()
        self._reader = self._read_into(self._buffer)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._reader.get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._reader.buffer_updated(nbytes)
        except MediaError as error:
            self.fail(Unsupported(f"the camera sent what is neither RTSP nor video: {error}"))
        except Exception as error:
            # A fault of ours must not look like the camera's: it costs this stream a retry.
            log.exception("a fault of Ronda with what a camera sent")
            self.fail(OwnFault(error))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        why = f" ({exc})" if exc is not None else ""
        self.fail(NoConnection(f"the camera closed the connection{why}"))
        if self._buffer is not None:
            self._reader.release()
            self._buffers.give(self._buffer)
            self._buffer = None

    def _read_into(self, buffer: bytearray) -> StreamReader:
        # The buffer must go with the last who uses it, not wait in a cycle for the collector.
        take = weakref.WeakMethod(self._message)

        def on_message(message: rtsp.Request | rtsp.Response) -> None:
            taken = take()
            if taken is not None:
                taken(message)

        reader = StreamReader(_nobody, on_message, buffer)
        reader.receivers = self.receivers
        return reader

    def _message(self, message: rtsp.Request | rtsp.Response) -> None:
        if isinstance(message, rtsp.Request):
            self._answer(message)
            return
        answer = self._waiting.pop(self._number_of(message), None)
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _number_of(self, response: rtsp.Response) -> int:
        """CSeq of an answer; a camera that leaves it out means the oldest question."""
        text = response.headers.get("CSeq", "")
        if text.strip().isdigit():
            return int(text)
        return next(iter(self._waiting), 0)

    def _answer(self, request: rtsp.Request) -> None:
        """Cameras ask too (OPTIONS as a keepalive, ANNOUNCE of a new SDP)."""
        known = request.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER")
        headers = {"CSeq": request.headers.get("CSeq", "0"), "Server": AGENT}
        self._write(rtsp.build_response(200 if known else 501, headers=headers))
