"""Feeds of every kind become the frames that they show, none lost and none twice."""

import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import web

from nvr_core.wire.facts import Cause
from tests.core.recorder import feeding
from tests.core.recorder.feeding import FPS, Run, evenly

TICKS = 90000 // FPS

TO_PIPE = {
    ".mp4": ("-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    ".ts": ("-f", "mpegts"),
}
"""How a kind of file is written into a pipe."""


@pytest.mark.parametrize("kind", ["mpegts", "fmp4"])
async def test_a_live_sliding_hls_feed(tmp_path: Path, kind: str) -> None:
    content = feeding.transport_stream(count=300)
    output = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "3", "-hls_flags", "delete_segments"]
    output += ["-hls_segment_type", kind, str(tmp_path / "live.m3u8")]
    async with feeding.live(content, *output), feeding.folder(tmp_path) as address:
        await feeding.becomes((tmp_path / "live.m3u8").exists)
        async with Run(f"{address}/live.m3u8") as run:
            await run.frames(4 * FPS)
    # The last ones in the order of decoding are shown after some that did not come any more.
    numbers = run.video.numbers()[:-3]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) >= 4 * FPS - 3
    assert evenly(run.video.times[:-3], TICKS)
    assert run.video.frames[0][1]
    assert len(run.video.configs) == 1
    assert run.refused == {}


@pytest.mark.parametrize("codec", [feeding.H264, feeding.H264_B, feeding.H265], ids=str)
async def test_mpeg_ts_over_tcp(codec: tuple[str, ...]) -> None:
    content = feeding.transport_stream(*codec)
    async with feeding.sending(content) as place, Run(f"tcp://{place}") as run:
        failure = await run.failure()
    assert run.video.numbers() == list(range(100))
    assert evenly(run.video.times, TICKS)
    assert [key for _, key, _ in run.video.frames].count(True) == 4
    assert "has ended" in failure.sentence
    assert failure.cause == Cause.CAMERA_SILENT
    (config,) = run.video.configs
    assert (config.width, config.height) == (160, 96)
    assert config.codec == ("h265" if codec == feeding.H265 else "h264")


async def test_mpeg_ts_with_sound_over_http() -> None:
    content = feeding.transport_stream(*feeding.H264, sound=("-c:a", "aac"))

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "video/mp2t"})
        await response.prepare(request)
        for at in range(0, len(content), 7000):
            await response.write(content[at : at + 7000])
        return response

    async with feeding.answering(stream) as address, Run(address, kinds=("video", "audio")) as run:
        await run.failure()
    assert run.video.numbers() == list(range(100))
    (sound,) = run.audio.configs
    assert (sound.codec, sound.sample_rate, sound.timescale) == ("aac", 16000, 16000)
    assert evenly(run.audio.times, 1024)
    # Four seconds, and the picture begins within a frame of the sound.
    assert len(run.audio.frames) in range(61, 66)
    assert abs(run.video.times[0] / 90000 - run.audio.times[0] / 16000) < 0.1


async def test_datagrams() -> None:
    content = feeding.transport_stream()
    port = feeding.free_port()
    async with Run(f"udp://127.0.0.1:{port}") as run:
        await feeding.becomes(lambda: feeding.is_listening(port, "udp"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for at in range(0, len(content), 1316):
                sender.sendto(content[at : at + 1316], ("127.0.0.1", port))
                await asyncio.sleep(0.002)
        await run.frames(95)
    assert run.video.numbers()[:90] == list(range(90))
    assert run.video.damaged == 0


async def test_rtmp() -> None:
    port = feeding.free_port()
    output = ["-f", "flv", "-listen", "1", f"rtmp://127.0.0.1:{port}/live/gang"]
    async with feeding.live(feeding.transport_stream(), *output):
        await feeding.becomes(lambda: feeding.is_listening(port))
        async with Run(f"rtmp://127.0.0.1:{port}/live/gang") as run:
            await run.frames(40)
    numbers = run.video.numbers()[:-3]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    # FLV counts milliseconds.
    assert evenly(run.video.times[:-3], TICKS)


@pytest.mark.parametrize(("name", "sound"), [("pcma", "pcm_alaw"), ("pcmu", "pcm_mulaw")])
async def test_flv_with_g711(name: str, sound: str) -> None:
    coded = ("-c:a", sound, "-ar", "8000", "-ac", "1")
    content = feeding.make(*feeding.H264, "-f", "flv", count=50, sound=coded)
    async with (
        feeding.sending(content) as place,
        Run(f"tcp://{place}", kinds=("video", "audio")) as run,
    ):
        await run.failure()
    assert run.video.numbers() == list(range(50))
    (config,) = run.audio.configs
    assert (config.codec, config.timescale, config.channels) == (name, 8000, 1)
    assert sum(len(data) for _, _, data in run.audio.frames) in range(15000, 17000)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
async def test_a_file_plays_at_its_own_pace_again_and_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(feeding.make(*feeding.H264_B, *TO_PIPE[path.suffix], count=20, gop=10))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with Run(path.as_uri()) as run:
        await run.frames(50)
        took = loop.time() - begun
    numbers = run.video.numbers()[:48]
    assert numbers == [i % 20 for i in range(48)]
    assert evenly(run.video.times[:48], TICKS)
    assert 1.7 < took < 4.0
