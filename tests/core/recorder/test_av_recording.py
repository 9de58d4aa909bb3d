"""The second recorder: a feed stands in segments as a camera does, and so does its sound."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
from aiohttp import web

from nvr_core.clock import SECOND
from nvr_core.testing import footage
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire.facts import Cause, FragmentWritten, SegmentClosed, StreamState
from tests.core.media import encoded
from tests.core.recorder import feeding


def numbers(segments: Sequence[SegmentClosed]) -> list[int]:
    """What the frames of these files show, in the order of display."""
    found: list[int] = []
    for segment in segments:
        with av.open(segment.path, "r") as opened:
            found += [encoded.number(frame) for frame in opened.decode(video=0)]
    return found


def complaints(segments: Sequence[SegmentClosed]) -> str:
    """What ffmpeg and Ronda's own reader say against the files."""
    said = ""
    for segment in segments:
        command = ["ffmpeg", "-v", "warning", "-i", segment.path, "-f", "null", "-"]
        said += subprocess.run(command, stderr=subprocess.PIPE, check=True).stderr.decode()
        said += footage.sound(Path(segment.path))
    return said


async def test_a_live_hls_feed_with_sound(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", options=replace(IMPATIENT, segment=2 * SECOND), name="av")
    feed = tmp_path / "feed"
    feed.mkdir()
    content = feeding.transport_stream(*feeding.H264_B, count=400, sound=("-c:a", "aac"))
    output = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments"]
    async with (
        feeding.live(content, *output, str(feed / "live.m3u8")),
        feeding.folder(feed) as address,
    ):
        await feeding.becomes((feed / "live.m3u8").exists)
        url = f"{address}/live.m3u8"
        async with rig.recorder():
            rig.want(rig.stream(url), rig.stream(url, stream="main-audio"))
            await rig.until(lambda: len(rig.segments()) >= 2, 30)
    segments, sound = rig.segments(), rig.segments("main-audio")
    assert complaints([*segments, *sound]) == ""
    found = numbers(segments)
    whole = found[:-3]
    assert whole == list(range(found[0], found[0] + len(whole)))
    assert sum(fact.frames for fact in segments) == len(found)
    assert len({fact.run for fact in segments}) == len({fact.run for fact in sound}) == 1
    assert sound[0].codec == "mp4a.40.2"
    # Both begin with the same piece of the feed.
    assert abs(sound[0].start - segments[0].start) < SECOND // 2
    assert rig.causes()[0] == Cause.WAITING_FOR_KEY_FRAME
    assert set(rig.causes()[1:]) == {Cause.RECORDER_STOPPED}


async def test_a_feed_that_breaks_off_is_opened_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path, name="av")
    content = feeding.transport_stream()
    broken = False

    async def answer(request: web.Request) -> web.StreamResponse:
        if broken:
            return web.Response(status=502)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(content)
        return response

    async with feeding.answering(answer) as address, rig.recorder():
        rig.want(rig.stream(f"{address}/feed"))
        await rig.until(lambda: rig.told(FragmentWritten))
        broken = True
        await rig.until(lambda: rig.told(StreamState, cause=Cause.CAMERA_UNREACHABLE))
        broken = False
        count = len(rig.told(StreamState, state="recording"))
        await rig.until(lambda: len(rig.told(StreamState, state="recording")) > count)
    sentences = {fact.sentence for fact in rig.told(StreamState)}
    assert f"{address}/feed answers 502 (Bad Gateway); check the address" in sentences
    first = rig.segments()[0]
    assert numbers([first]) == list(range(100))
