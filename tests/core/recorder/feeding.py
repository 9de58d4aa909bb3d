"""Feeds with numbered frames, made by Debian's ffmpeg, and a sink that reads the numbers back."""

import asyncio
import itertools
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import av
from aiohttp import web

from nvr_core.media import boxes
from nvr_core.media.track import TrackConfig
from nvr_core.recorder.av_source import AvSource
from nvr_core.recorder.failures import SourceFailed
from tests.core.media import encoded

FPS = 25
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "scenecut=0:open-gop=0")
H264_B = (*H264, "-bf", "2", "-b_strategy", "0")
H265 = (
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-x265-params",
    "scenecut=0:open-gop=0:bframes=2:log-level=none",
)


@cache
def pictures(count: int) -> bytes:
    """Numbered pictures 0, 1, 2 … as raw yuv420p."""
    return b"".join(_raw(number) for number in range(count))


def _raw(number: int) -> bytes:
    picture = encoded.draw(number)
    out = bytearray()
    for plane in picture.planes:
        content = bytes(plane)
        for row in range(plane.height):
            out += content[row * plane.line_size : row * plane.line_size + plane.width]
    return bytes(out)


def make(*output: str, count: int, gop: int = FPS, sound: Sequence[str] = ()) -> bytes:
    """What ffmpeg writes to its standard output, given numbered pictures, and a tone if coded."""
    said = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-r", str(FPS)]
    said += ["-s", f"{encoded.WIDTH}x{encoded.HEIGHT}", "-i", "-"]
    if sound:
        said += ["-f", "lavfi", "-t", str(count / FPS), "-i", "sine=sample_rate=16000"]
    said += ["-g", str(gop), *sound, *output, "-"]
    return subprocess.run(said, input=pictures(count), stdout=subprocess.PIPE, check=True).stdout


@cache
def transport_stream(
    *codec: str, count: int = 100, gop: int = FPS, sound: tuple[str, ...] = ()
) -> bytes:
    """MPEG-TS of numbered pictures."""
    return make(*(codec or H264_B), "-f", "mpegts", count=count, gop=gop, sound=sound)


@dataclass
class Taken:
    """A FrameSink that keeps everything, and wakes who waits for a number of frames."""

    configs: list[TrackConfig] = field(default_factory=list)
    frames: list[tuple[int, bool, bytes]] = field(default_factory=list)
    damaged: int = 0
    after: Callable[[], None] = lambda: None

    def configure(self, config: TrackConfig) -> None:
        self.configs.append(config)

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        assert self.configs, "a frame came before its config"
        self.frames.append((pts, key, bytes(data)))
        self.damaged += damaged
        self.after()

    @property
    def times(self) -> list[int]:
        """Presentation times in the order of display."""
        return sorted(pts for pts, _, _ in self.frames)

    def numbers(self) -> list[int]:
        """What the frames show, in the order of display."""
        config = self.configs[-1]
        decoder: Any = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[config.codec], "r")
        found = next(
            box for box in boxes.walk(config.sample_entry, 86) if box.kind in (b"avcC", b"hvcC")
        )
        decoder.extradata = config.sample_entry[found.body : found.end]
        shown: dict[int, int] = {}
        for pts, _, data in [*self.frames, (None, None, None)]:
            packet = None
            if data is not None:
                packet = av.Packet(data)
                packet.pts = pts
            for picture in decoder.decode(packet):
                shown[picture.pts] = encoded.number(picture)
        return [shown[pts] for pts in sorted(shown)]


class Run:
    """An AvSource while it runs in a test."""

    def __init__(self, url: str, *, kinds: Sequence[str] = ("video",), **settings: Any) -> None:
        self.video, self.audio = Taken(after=self._wake), Taken(after=self._wake)
        sinks: Mapping[str, Taken] = {"video": self.video, "audio": self.audio}
        self.refused: dict[str, str] | None = None
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[Exception | None] = loop.create_future()
        self._progress = asyncio.Event()
        self.source = AvSource(
            url,
            options=settings.pop("options", {}),
            tracks=lambda kind: sinks[kind] if kind in kinds else None,
            ended=self._end,
            opened=self._open,
            **settings,
        )

    async def __aenter__(self) -> "Run":
        self.source.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.source.stop()
        await self.stopped()

    async def frames(self, count: int, seconds: float = 30.0) -> None:
        """Wait until so many pictures came; what ended the source before is raised."""
        async with asyncio.timeout(seconds):
            while len(self.video.frames) < count:
                self._progress.clear()
                await self._progress.wait()
                if self._ended.done() and len(self.video.frames) < count:
                    raise self._ended.result() or AssertionError("stopped")

    async def failure(self, seconds: float = 30.0) -> SourceFailed:
        """Why it ended."""
        async with asyncio.timeout(seconds):
            ended = await asyncio.shield(self._ended)
        assert isinstance(ended, SourceFailed), repr(ended)
        return ended

    async def stopped(self, seconds: float = 30.0) -> float:
        """Seconds from now until the thread had nothing more to say."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        async with asyncio.timeout(seconds):
            await asyncio.shield(self._ended)
        return loop.time() - before

    def _open(self, refused: Mapping[str, str]) -> None:
        self.refused = dict(refused)

    def _end(self, error: Exception | None) -> None:
        self._ended.set_result(error)
        self._progress.set()

    def _wake(self) -> None:
        self._progress.set()


def evenly(times: Sequence[int], step: int) -> bool:
    """Whether all are one step apart, give or take a tick of rounding."""
    return all(abs(b - a - step) <= 1 for a, b in itertools.pairwise(times))


@asynccontextmanager
async def live(content: bytes, *output: str) -> AsyncIterator[None]:
    """ffmpeg sends this transport stream on, at its own pace, while the block runs."""
    said = ["ffmpeg", "-v", "error", "-re", "-f", "mpegts", "-i", "-", "-c", "copy", *output]
    process = await asyncio.create_subprocess_exec(*said, stdin=asyncio.subprocess.PIPE)
    feeding = asyncio.create_task(process.communicate(content))
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await feeding


@asynccontextmanager
async def sending(content: bytes, then: float = 0.0) -> AsyncIterator[str]:
    """A TCP server that sends this to everybody, stays silent for a while, and hangs up."""

    over = asyncio.Event()
    talks: set[asyncio.Task[None]] = set()

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with suppress(ConnectionError, TimeoutError):
            writer.write(content)
            await writer.drain()
            await asyncio.wait_for(over.wait(), then)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(send, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()
        await asyncio.gather(*talks)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """An HTTP server on loopback, the same for every path; gives its address."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def folder(path: Path) -> AsyncIterator[str]:
    """The files of a folder over HTTP; gives the address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        wanted = path / request.match_info["path"]
        return web.FileResponse(wanted) if wanted.exists() else web.Response(status=404)

    async with answering(answer) as address:
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int, kind: str = "tcp") -> bool:
    """Without connecting: a program may serve one client only."""
    table = Path(f"/proc/net/{kind}").read_text()
    return any(f":{port:04X}" in line.split()[1] for line in table.splitlines()[1:])


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait for what another program does and tells nobody."""

    def look() -> None:
        while not condition():
            time.sleep(0.02)

    await asyncio.to_thread(look)
