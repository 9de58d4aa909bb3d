"""A feed that fails says why, in time and without a secret; a source that is stopped stops."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from nvr_core.media.track import TrackConfig
from nvr_core.recorder.av_source import AvSource
from nvr_core.wire.facts import Cause
from nvr_core.wire.wants import Login
from tests.core.recorder import feeding
from tests.core.recorder.feeding import Run


@asynccontextmanager
async def silence(scheme: str) -> AsyncIterator[str]:
    """A server that takes the connection and says nothing."""
    async with feeding.sending(b"", then=30) as place:
        yield f"{scheme}://{place}/live/x"


@asynccontextmanager
async def unanswered(scheme: str) -> AsyncIterator[str]:
    """A port whose queue is full: connecting to it hangs, as to a host that is switched off."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        crowd = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            crowd.append(one)
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/x"
        for one in crowd:
            one.close()


@asynccontextmanager
async def datagrams(scheme: str) -> AsyncIterator[str]:
    yield f"udp://127.0.0.1:{feeding.free_port()}"


@asynccontextmanager
async def half_a_body(scheme: str) -> AsyncIterator[str]:
    """HTTP that begins a feed and falls silent."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(feeding.transport_stream(*feeding.H264)[:20000])
        await asyncio.sleep(30)
        return response

    async with feeding.answering(answer) as address:
        yield address


@asynccontextmanager
async def stale_playlist(scheme: str) -> AsyncIterator[str]:
    """HLS to which nothing is ever added."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith(".ts"):
            return web.Response(body=feeding.transport_stream(*feeding.H264, count=25))
        return web.Response(
            text="#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:1,\na.ts\n"
        )

    async with feeding.answering(answer) as address:
        yield f"{address}/live.m3u8"


Place = Callable[[str], AbstractAsyncContextManager[str]]
WAITS = [
    (silence, "tcp"),
    (silence, "http"),
    (silence, "https"),
    (silence, "rtmp"),
    (unanswered, "tcp"),
    (unanswered, "http"),
    (unanswered, "rtmp"),
    (datagrams, "udp"),
    (half_a_body, "http"),
    (stale_playlist, "http"),
]


@pytest.mark.parametrize(("place", "scheme"), WAITS)
async def test_a_blocked_source_stops_at_once(place: Place, scheme: str) -> None:
    async with place(scheme) as address:
        run = Run(address)
        async with run:
            await asyncio.sleep(0.6)
            run.source.stop()
            run.source.stop()
            assert await run.stopped() < 1.5
        seen = len(run.video.frames)
        await asyncio.sleep(0.1)
        assert len(run.video.frames) == seen


@pytest.mark.parametrize(
    ("place", "scheme", "cause", "sentence"),
    [
        (silence, "tcp", Cause.CAMERA_UNREACHABLE, "nothing came from tcp://"),
        (silence, "http", Cause.CAMERA_SILENT, "is connected, but nothing comes"),
        (unanswered, "tcp", Cause.CAMERA_UNREACHABLE, "nothing came from tcp://"),
        (unanswered, "http", Cause.CAMERA_UNREACHABLE, "nothing answers at 127.0.0.1:"),
        (unanswered, "rtmp", Cause.CAMERA_UNREACHABLE, "nothing came from rtmp://"),
        (datagrams, "udp", Cause.CAMERA_SILENT, "nothing came from udp://"),
        (half_a_body, "http", Cause.CAMERA_SILENT, "is connected, but nothing comes"),
        (stale_playlist, "http", Cause.CAMERA_SILENT, "lists nothing new for"),
    ],
)
async def test_patience_ends(place: Place, scheme: str, cause: Cause, sentence: str) -> None:
    async with place(scheme) as address, Run(address, patience=1.0) as run:
        failure = await run.failure(8)
    assert sentence in failure.sentence
    assert failure.cause == cause


async def test_a_silent_tcp_feed_after_frames() -> None:
    content = feeding.transport_stream(*feeding.H264)
    async with (
        feeding.sending(content, then=30) as place,
        Run(f"tcp://{place}", patience=1.0) as run,
    ):
        failure = await run.failure()
    assert failure.cause == Cause.CAMERA_SILENT
    assert f"nothing came from tcp://{place} for 1 s" in failure.sentence
    assert len(run.video.frames) >= 98


@pytest.mark.parametrize(
    ("url", "cause", "sentence"),
    [
        ("ftp://127.0.0.1/x", Cause.UNSUPPORTED, "right are rtsp:, rtsps:, http:"),
        ("tcp://127.0.0.1:1", Cause.CAMERA_UNREACHABLE, "Connection refused; check the address"),
        ("http://127.0.0.1:1/x", Cause.CAMERA_UNREACHABLE, "Connection refused; check"),
        ("http://127.0.0.1:x/", Cause.UNSUPPORTED, "is no address"),
        ("file:///none.mp4", Cause.CAMERA_UNREACHABLE, "No such file or directory"),
        ("file:///etc/passwd", Cause.UNSUPPORTED, "sends nothing that FFmpeg understands"),
    ],
)
async def test_addresses_that_lead_nowhere(url: str, cause: Cause, sentence: str) -> None:
    async with Run(url) as run:
        failure = await run.failure()
    assert sentence in failure.sentence
    assert failure.cause == cause


@pytest.mark.parametrize(
    ("status", "cause", "sentence"),
    [
        (404, Cause.CAMERA_UNREACHABLE, "answers 404 (Not Found)"),
        (403, Cause.CAMERA_UNREACHABLE, "answers 403 (Forbidden)"),
        (401, Cause.LOGIN_REFUSED, "asks for a login"),
        (503, Cause.DEVICE_FULL, "too many viewers"),
    ],
)
async def test_what_http_refuses(status: int, cause: Cause, sentence: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with feeding.answering(answer) as address, Run(f"{address}/a?token=hush") as run:
        failure = await run.failure()
    assert sentence in failure.sentence
    assert failure.cause == cause
    assert "hush" not in failure.sentence


@pytest.mark.parametrize("scheme", ["http", "rtmp", "tcp"])
async def test_no_password_is_ever_said(
    scheme: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"{scheme}://127.0.0.1:{feeding.free_port()}/x"
    async with Run(url, login=Login(user="op", password="s3cr3t pass"), patience=1.0) as run:
        failure = await run.failure()
    said = "".join(capfd.readouterr()) + caplog.text + failure.sentence + repr(failure)
    assert "s3cr3t" not in said
    assert "op:" not in said


async def test_codecs_that_are_not_stored() -> None:
    content = feeding.make("-c:v", "mpeg2video", "-f", "mpegts", count=25)
    async with feeding.sending(content) as place, Run(f"tcp://{place}") as run:
        failure = await run.failure()
    assert failure.cause == Cause.UNSUPPORTED
    assert "sends mpeg2video: choose H.264 or H.265" in failure.sentence
    assert run.refused is None


async def test_sound_that_is_not_stored_leaves_the_picture() -> None:
    content = feeding.transport_stream(*feeding.H264, sound=("-c:a", "mp2"))
    async with feeding.sending(content) as place:
        async with Run(f"tcp://{place}", kinds=("video", "audio")) as run:
            await run.failure()
        assert run.refused is not None
        assert "sends mp2: choose AAC" in run.refused["audio"]
        assert len(run.video.frames) == 100
        async with Run(f"tcp://{place}", kinds=("audio",)) as run:
            failure = await run.failure()
    assert failure.cause == Cause.UNSUPPORTED


async def test_no_sound_at_all_is_said() -> None:
    content = feeding.transport_stream(*feeding.H264)
    async with (
        feeding.sending(content) as place,
        Run(f"tcp://{place}", kinds=("video", "audio")) as run,
    ):
        await run.failure()
    assert run.refused == {"audio": f"tcp://{place} has no audio"}


async def test_bytes_that_name_other_files_open_nothing(tmp_path: Path) -> None:
    """FFmpeg has formats that are lists of addresses; a feed must not make it read our files."""
    hidden = tmp_path / "hidden.ts"
    hidden.write_bytes(feeding.transport_stream(*feeding.H264))
    lure = f"ffconcat version 1.0\nfile '{hidden}'\n".encode()

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=lure)

    async with feeding.answering(answer) as address, Run(address) as run:
        failure = await run.failure()
    assert failure.cause in (Cause.UNSUPPORTED, Cause.CAMERA_UNREACHABLE)
    assert run.video.configs == []


async def test_a_sink_that_fails_ends_the_source_with_its_error() -> None:
    content = feeding.transport_stream(*feeding.H264)
    ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    class Faulty:
        taken = 0

        def configure(self, config: TrackConfig) -> None: ...

        def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
            self.taken += 1
            if self.taken == 3:
                raise OverflowError("the disk is a teapot")

    sink = Faulty()
    async with feeding.sending(content, then=30) as place:
        source = AvSource(
            f"tcp://{place}",
            options={},
            tracks={"video": sink}.get,
            ended=ended.set_result,
        )
        source.start()
        async with asyncio.timeout(5):
            error = await ended
    assert isinstance(error, OverflowError)
    assert sink.taken == 3
