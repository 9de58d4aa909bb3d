"""One TCP stream of a camera cut into packets and RTSP messages (RFC 2326, 10.12): a hot path."""

from __future__ import annotations

import struct
from collections.abc import Callable

from nvr_core.media import rtsp
from nvr_core.media.errors import MediaError

_unpack_head = struct.Struct(">BBH").unpack_from

PACKET_LIMIT = 4 + 65535
SMALLEST = 3 * 65536
"""A buffer must hold one whole head and body, or one whole packet, and room to receive."""

CAPACITY = 4 * 65536
"""Bytes of a buffer that is given to nobody else."""

DOLLAR = 0x24
LINE_ENDS = b"\r\n\0 "
"""Between messages some cameras send empty lines, or pad a body beyond its announced size."""


class StreamReader:
    """Receives into one fixed buffer and calls out for each packet and message in it.

    It has the two calls of asyncio.BufferedProtocol. on_packet(channel, buffer, start, end): the
    RTP or RTCP packet is buffer[start:end], valid during the call only. on_message(message): a
    whole RTSP message. Heads and bodies have up to 64 KiB; anything else raises MediaError, and
    the reader is of no more use then.
    """

    __slots__ = (
        "_buffer",
        "_capacity",
        "_end",
        "_looked",
        "_on_message",
        "_on_packet",
        "_start",
        "_view",
        "receivers",
    )

    def __init__(
        self,
        on_packet: Callable[[int, bytearray, int, int], None],
        on_message: Callable[[rtsp.Request | rtsp.Response], None],
        buffer: bytearray | None = None,
    ) -> None:
        """buffer: received into, and nobody else's until `release`; one of its own without."""
        if buffer is None:
            buffer = bytearray(CAPACITY)
        capacity = len(buffer)
        if capacity < SMALLEST:
            raise ValueError(f"a buffer of {capacity} bytes is too small; {SMALLEST} is enough")
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._capacity = capacity
        self._start = 0
        self._end = 0
        self._looked = 0
        """Bytes of the pending head in which its end was not found."""
        self._on_packet = on_packet
        self._on_message = on_message
        self.receivers: dict[int, Callable[[bytes | bytearray, int, int], None]] = {}
        """Channels whose packets go straight to receive(buffer, start, end), not to on_packet."""

    def release(self) -> None:
        """Let go of the buffer: the reader takes nothing more."""
        self._buffer = bytearray()
        self._view = memoryview(self._buffer)
        self._capacity = self._start = self._end = 0

    def get_buffer(self, hint: int) -> memoryview:
        """Where the next bytes go: always room for at least one whole packet."""
        start, end = self._start, self._end
        if start == end:
            self._start = self._end = 0
            return self._view
        if self._capacity - end < PACKET_LIMIT:
            self._view[: end - start] = self._view[start:end]
            self._start, self._end = 0, end - start
            return self._view[end - start :]
        return self._view[end:]

    def buffer_updated(self, count: int) -> None:
        """Cut what has come so far. Raises MediaError, and what the callbacks raise."""
        end = self._end = self._end + count
        start = self._start
        buffer = self._buffer
        receivers = self.receivers
        while end - start >= 4:
            mark, channel, size = _unpack_head(buffer, start)
            if mark != DOLLAR:
                after = self._message(start, end)
                if after < 0:
                    break
                start = self._start = after
                continue
            after = start + 4 + size
            if after > end:
                break
            receive = receivers.get(channel)
            if receive is not None:
                receive(buffer, start + 4, after)
            else:
                self._on_packet(channel, buffer, start + 4, after)
            start = after
        self._start = start

    def _message(self, start: int, end: int) -> int:
        """Take the message at start and return where it ends, or -1 while it is not whole."""
        buffer = self._buffer
        first = buffer[start]
        if first in LINE_ENDS:
            self._looked = 0
            return start + 1
        if not 0x41 <= first <= 0x5A and not 0x61 <= first <= 0x7A:
            raise MediaError(
                f"byte 0x{first:02x} stands where a packet ($) or an RTSP message should start"
            )
        # An empty line ends the head; some cameras end lines with a bare line feed.
        look = start + max(self._looked - 2, 0)
        marks = [
            at
            for at in (buffer.find(b"\n\r\n", look, end), buffer.find(b"\n\n", look, end))
            if at >= 0
        ]
        if not marks:
            self._looked = end - start
            if self._looked > rtsp.HEAD_LIMIT:
                raise MediaError(f"an RTSP head does not end within {rtsp.HEAD_LIMIT} bytes")
            return -1
        mark = min(marks)
        if mark - start > rtsp.HEAD_LIMIT:
            raise MediaError(f"an RTSP head does not end within {rtsp.HEAD_LIMIT} bytes")
        body = mark + (2 if buffer[mark + 1] == 0x0A else 3)
        head = bytes(self._view[start:mark])
        after = body + rtsp.body_size(head)
        self._looked = mark - start
        if after > end:
            return -1
        self._looked = 0
        self._on_message(rtsp.parse_message(head, bytes(self._view[body:after])))
        return after
