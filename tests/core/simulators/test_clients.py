"""Independent clients (ffmpeg, ffprobe, PyAV) see every frame of every kind of camera, in order."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import av
import pytest

from nvr_core.clock import SECOND
from nvr_core.simulators import CameraSpec, Faults, Site, draw

Serve = Callable[..., Awaitable[Site]]
Tool = Callable[..., Awaitable[tuple[str, str]]]
FRAMES = 16


QUICKLY = {"rtsp_transport": "tcp", "analyzeduration": "100000", "fpsprobesize": "0"}
"""PyAV would study a stream for seconds before it gives the first frame."""


def watch(url: str, **options: str) -> list[draw.Reading | None]:
    """What PyAV decodes from the first frames of a camera."""
    with av.open(url, options={**QUICKLY, **options}, timeout=10) as source:
        frames = source.decode(video=0)
        return [draw.read_frame(next(frames)) for _ in range(FRAMES)]


def assert_consecutive(readings: list[draw.Reading | None], site: Site, name: str = "cam") -> None:
    """All readable, none missing, none twice; the loop may close in between."""
    laps = len(site.camera(name).loop().units)
    numbers = [reading.number for reading in readings if reading]
    assert numbers == [(numbers[0] + n) % laps for n in range(FRAMES)]


@pytest.mark.parametrize(
    "camera",
    [
        {},
        {"bframes": 2},
        {"codec": "h265"},
        {"codec": "h265", "bframes": 2},
        {"audio": "aac"},
        {"audio": "pcma"},
        {"user": "admin", "password": "ra:ha@sia/1"},
        {"user": "admin", "password": "rahasia", "auth": "basic"},
    ],
    ids=str,
)
async def test_pyav_over_tcp_reads_consecutive_numbers(
    serve: Serve, camera: dict[str, Any]
) -> None:
    site = await serve(**camera)
    readings = await asyncio.to_thread(watch, site.url("cam", login=True))
    assert_consecutive(readings, site)


async def test_pyav_over_udp_reads_consecutive_numbers(serve: Serve) -> None:
    site = await serve(codec="h265", audio="pcmu")
    readings = await asyncio.to_thread(watch, site.url("cam"), rtsp_transport="udp")
    assert_consecutive(readings, site)


async def test_row_24_rtsps_is_served_with_a_certificate_that_can_be_verified(serve: Serve) -> None:
    site = await serve(CameraSpec(name="cam", seconds=10), tls=True)
    readings = await asyncio.to_thread(
        watch, site.url("cam", tls=True), tls_verify="1", ca_file=str(site.certificate)
    )
    assert_consecutive(readings, site)


async def test_the_sub_stream_shows_the_same_moment_in_a_smaller_picture(serve: Serve) -> None:
    site = await serve()
    main, sub = await asyncio.gather(
        asyncio.to_thread(watch, site.url("cam")),
        asyncio.to_thread(watch, site.url("cam", sub=True)),
    )
    assert_consecutive(sub, site)
    assert main[0] is not None
    assert sub[0] is not None
    assert (main[0].number - sub[0].number) % 120 in (0, 12, 108)  # the same key frame, or the next


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"audio": "aac"}, [("h264", 640, 360), ("aac", "32000")]),
        ({"audio": "pcma", "codec": "h265"}, [("hevc", 640, 360), ("pcm_alaw", "8000")]),
        ({"audio": "pcmu", "sub": False}, [("h264", 640, 360), ("pcm_mulaw", "8000")]),
    ],
    ids=str,
)
async def test_ffprobe_names_what_is_sent(
    serve: Serve, tool: Tool, fields: dict[str, Any], expected: list[tuple[object, ...]]
) -> None:
    site = await serve(**fields)
    said, errors = await tool(
        *("ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-of", "json", "-show_streams"),
        site.url("cam"),
    )
    assert errors == ""
    streams = json.loads(said)["streams"]
    video = (streams[0]["codec_name"], streams[0]["width"], streams[0]["height"])
    assert [video, (streams[1]["codec_name"], streams[1]["sample_rate"])] == expected


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_ffmpeg_decodes_everything_in_silence(
    serve: Serve, tool: Tool, transport: str
) -> None:
    """Both tracks, across the seam of the loop, without one warning; every frame once."""
    site = await serve(bframes=2, audio="aac", seconds=5)
    said, warnings = await tool(
        *("ffmpeg", "-v", "warning", "-rtsp_transport", transport, "-t", "6", "-i"),
        *(site.url("cam"), "-map", "0:v", "-f", "framecrc", "-", "-map", "0:a", "-f", "null", "-"),
    )
    assert warnings == ""
    times = [int(line.split(",")[1]) for line in said.splitlines() if line[0] != "#"]
    assert 70 < len(times) < 75
    assert times == list(range(times[0], times[0] + len(times)))


async def test_what_is_drawn_is_the_second_of_the_minute(serve: Serve) -> None:
    """Phase: a frame leaves when the wall clock shows what it shows, and is told so."""
    site = await serve(seconds=60)
    camera = site.camera("cam")
    await asyncio.to_thread(watch, site.url("cam"))
    for sent in camera.frames_sent:
        late = sent.wall - sent.number * SECOND // 12
        assert late % (60 * SECOND) < SECOND // 2
    now = site.clock.now()
    behind = now % (60 * SECOND) * 12 // SECOND - camera.loop().number_at(now)
    assert behind % 720 in (0, 1)


async def test_sound_and_picture_of_one_moment_stay_together(serve: Serve, tool: Tool) -> None:
    """By the camera's own reports, both have one wall time."""
    site = await serve(audio="aac", faults=Faults(report_every_s=0.5))
    said, _ = await tool(
        *("ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-read_intervals", "%+3"),
        *("-show_entries", "packet=codec_type,pts_time", "-of", "csv", site.url("cam")),
    )
    rows = re.findall(r"packet,(video|audio),([0-9.]+)", said)
    first = {kind: float(next(at for k, at in rows if k == kind)) for kind in ("video", "audio")}
    assert abs(first["video"] - first["audio"]) < 0.2
