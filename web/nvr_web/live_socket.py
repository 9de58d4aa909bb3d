"""The one WebSocket of a page: states of the cameras, and live fragments of several streams.

Up, as JSON: {"type": "subscribe", "channel": 1, "camera": id, "stream": "main"} and
{"type": "unsubscribe", "channel": 1}. Down, as JSON: "states", and for a channel "segment" (what
the bytes that follow are) or "refused": why, and "most" where the page watches that many streams
already and may ask again when it has left one. Down, as bytes: a head of 24 bytes (kind, key,
channel, duration in ticks, start in ticks, wall time in µs; big-endian), then an init segment or a
fragment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import struct
from contextlib import ExitStack

from aiohttp import WSMsgType, web

from nvr_core.recording.live import Watch
from nvr_core.recording.reads import Busy
from nvr_core.recording.segments import Segment
from nvr_core.words import Words
from nvr_web import views
from nvr_web.rendering import RONDA, speaks

log = logging.getLogger(__name__)

HEAD = struct.Struct(">BBHIqq")
INIT, FRAGMENT = 1, 2

CHANNELS = 16
"""Streams that one page may watch."""
PAGES = 64
"""Pages that may be open at a time."""
LONGEST_REQUEST = 4096
UNSENT = 512 << 10
"""Bytes the kernel may hold for a page: more would only be older."""
PATIENCE = 20.0
"""Seconds in which a page must take one message."""
HEARTBEAT = 15.0
CALM = 0.25
"""Seconds over which changes of state are gathered into one message."""
RENEWED = 30.0
"""States are told anew after this, for the clock and for who missed one."""

VIEWERS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("viewers")


class Viewer:
    """One open page."""

    def __init__(self, request: web.Request, socket_: web.WebSocketResponse) -> None:
        self._request = request
        self._recording = request.app[RONDA].recording
        self._clock = request.app[RONDA].clock
        self._words: Words = speaks(request)
        self._about = self._recording.camera(request.query.get("about", ""))
        self._socket = socket_
        self._arrived = asyncio.Event()
        self._changed = asyncio.Event()
        self._watches: dict[int, tuple[Watch, ExitStack]] = {}
        self._segments: dict[int, Segment] = {}

    async def run(self) -> None:
        """Serve the page until it goes away."""
        undo = self._recording.subscribe(self._changed.set)
        tasks = [asyncio.create_task(self._states()), asyncio.create_task(self._fragments())]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    break
                await self._take(message.data)
        finally:
            # Nothing before the last line waits: a server that stops may cancel this too.
            undo()
            for task in tasks:
                task.cancel()
            for channel in list(self._watches):
                self._leave(channel)
            await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A page that takes nothing any more, or has gone, is hung up on."""
        if task.cancelled():
            return
        error = task.exception()
        if not isinstance(error, ConnectionError | TimeoutError | None):
            log.error("a page's live view ended: %r", error, exc_info=error)
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _take(self, text: str) -> None:
        try:
            said = json.loads(text)
            kind, channel = said["type"], int(said["channel"])
            camera, stream = str(said.get("camera", "")), str(said.get("stream", ""))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            await self._socket.close(code=1007, message=b"not a request of this page")
            return
        if kind == "unsubscribe":
            self._leave(channel)
        elif kind == "subscribe":
            await self._join(channel, camera, stream)

    async def _join(self, channel: int, camera: str, stream: str) -> None:
        refused: dict[str, object] = {"type": "refused", "channel": channel}
        why = ""
        if not 0 < channel < 65536:
            why = "channel must be 1 to 65535"
        elif len(self._watches) >= CHANNELS and channel not in self._watches:
            why = f"a page may watch {CHANNELS} streams"
            refused["most"] = CHANNELS
        elif self._recording.camera(camera) is None or stream not in ("main", "sub"):
            why = self._words("camera.none-do")
        if why:
            await self._tell({**refused, "why": why})
            return
        self._leave(channel)
        stack = ExitStack()
        watch = stack.enter_context(self._recording.live.watch(camera, stream, self._arrived))
        self._watches[channel] = (watch, stack)

    def _leave(self, channel: int) -> None:
        watch = self._watches.pop(channel, None)
        self._segments.pop(channel, None)
        if watch is not None:
            watch[1].close()

    async def _states(self) -> None:
        while True:
            self._changed.clear()
            now = self._clock.wall()
            await self._tell(views.states(self._recording, self._words, now, self._about))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEWED):
                    await self._changed.wait()
            await asyncio.sleep(CALM)

    async def _fragments(self) -> None:
        """One fragment of each channel in turn, so that no stream starves another."""
        while True:
            self._arrived.clear()
            sent = False
            for channel, (watch, _) in list(self._watches.items()):
                sent = await self._send_one(channel, watch) or sent
            if not sent:
                await self._arrived.wait()

    async def _send_one(self, channel: int, watch: Watch) -> bool:
        fragment = watch.backlog.take()
        if fragment is None:
            return False
        segment = self._recording.footage.segment(fragment.segment)
        if segment is None:
            watch.backlog.restart()
            return True
        reads = self._recording.reads
        try:
            if self._segments.get(channel) is not segment:
                head = await reads.bytes_at(segment.path, 0, segment.init_size)
                await self._begin(channel, segment, head)
            content = await reads.bytes_at(segment.path, fragment.offset, fragment.size)
        except (OSError, EOFError, Busy) as error:
            # A ring's file that aged, or a disk that stands still: go on at the next key frame.
            log.debug("a live fragment was left out: %s", error)
            watch.backlog.restart()
            return True
        head = HEAD.pack(
            FRAGMENT, fragment.key, channel, fragment.duration, fragment.start, fragment.wall
        )
        if channel in self._watches:
            await self._send(head + content)
        return True

    async def _begin(self, channel: int, segment: Segment, head: bytes) -> None:
        if channel not in self._watches:
            return
        self._segments[channel] = segment
        await self._tell(
            {
                "type": "segment",
                "channel": channel,
                "stream": segment.stream,
                "run": segment.run,
                "codec": segment.codec,
                "timescale": segment.timescale,
                "width": segment.width,
                "height": segment.height,
            }
        )
        await self._send(HEAD.pack(INIT, 0, channel, 0, segment.base, segment.start) + head)

    async def _tell(self, message: dict[str, object]) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._socket.send_json(message)

    async def _send(self, content: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._socket.send_bytes(content)


async def live(request: web.Request) -> web.StreamResponse:
    """Open the socket; only pages of this server may (the guard looks at Origin)."""
    if "Origin" not in request.headers:
        return web.Response(status=403, text="A live view is opened by a page of this server.\n")
    viewers = request.app[VIEWERS]
    if len(viewers) >= PAGES:
        return web.Response(status=503, text="Too many pages are open. Close some.\n")
    # Video does not shrink; compressing it again would cost a core.
    answer = web.WebSocketResponse(
        compress=False, heartbeat=HEARTBEAT, max_msg_size=LONGEST_REQUEST
    )
    await answer.prepare(request)
    if request.transport is not None:
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
    viewers.add(answer)
    try:
        await Viewer(request, answer).run()
    finally:
        viewers.discard(answer)
    return answer


async def close_all(app: web.Application) -> None:
    """Say goodbye to open pages when the server stops, so that it need not wait for them."""
    viewers = app[VIEWERS]
    for one in tuple(viewers):
        await one.close(code=1001, message=b"the server stops")
