"""Row 1: cameras that are not ours. What they sent is in the files, each frame once, in order.

Picture and sound alike: both are looked at by ffmpeg and compared with what was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from aiohttp import web

from nvr_core.clock import SECOND, SystemClock
from nvr_core.simulators.certificate import make_certificate
from nvr_core.testing import footage
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire.facts import SegmentClosed
from nvr_core.wire.ids import new_id
from tests.shows import clips
from tests.shows.figures import Row, need_program

STREAMS = ("main", "main-audio")
Kept = dict[str, list[SegmentClosed]]
"""Closed segments by stream."""
LENGTH = 30
"""Seconds of a clip."""
KINDS = {"h264": ("h264", 0), "h264b": ("h264", 2), "h265": ("h265", 0), "h265b": ("h265", 2)}


@dataclass(frozen=True)
class Case:
    """One way to one clip."""

    name: str
    kind: str
    url: str
    transport: str = "tcp"


@asynccontextmanager
async def gst_cameras(folder: Path, made: dict[str, Path]) -> AsyncIterator[tuple[int, int]]:
    """Run gst-rtsp-server under Debian's own Python. Yields its plain and its TLS port."""
    certificate = make_certificate(folder, "127.0.0.1", SystemClock())
    words = ["/usr/bin/python3", str(Path(__file__).with_name("gst_cameras.py"))]
    words += [str(certificate), *(f"{name}={path}" for name, path in made.items())]
    process = await asyncio.create_subprocess_exec(
        *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ports = json.loads(await process.stdout.readline())
        yield ports["plain"], ports["tls"]
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def hls_feed(folder: Path, clip: Path) -> AsyncIterator[str]:
    """A live HLS feed: ffmpeg cuts, a small web server serves. Yields the playlist's address."""
    folder.mkdir()
    words = ["ffmpeg", "-nostdin", "-v", "error", "-re", "-i", str(clip), "-c", "copy", "-f", "hls"]
    words += ["-hls_time", "2", "-hls_list_size", "5", "-hls_flags", "delete_segments"]
    feed = await asyncio.create_subprocess_exec(*words, str(folder / "live.m3u8"))
    application = web.Application()
    application.router.add_static("/", folder)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        while not (folder / "live.m3u8").exists():  # noqa: ASYNC110 - ffmpeg tells nobody
            await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/live.m3u8"
    finally:
        feed.terminate()
        await feed.wait()
        await runner.cleanup()


async def record(rig: Rig, cases: Sequence[Case], seconds: float) -> dict[str, Kept]:
    """Record all cases at once. Returns the closed segments of each."""
    cameras = {case.name: new_id(SystemClock()) for case in cases}
    async with rig.recorder():
        rig.want(
            *(
                rig.stream(
                    case.url,
                    stream,
                    camera=cameras[case.name],
                    login_group=case.name,
                    transport=case.transport,
                    verify_tls=False,
                )
                for case in cases
                for stream in STREAMS
            )
        )
        await asyncio.sleep(seconds)
    return {
        name: {
            stream: [fact for fact in rig.segments(stream) if fact.camera == camera]
            for stream in STREAMS
        }
        for name, camera in cameras.items()
    }


def whole(row: Row, case: Case, segments: list[SegmentClosed]) -> None:
    """Look at every segment of a stream with foreign eyes."""
    for fact in segments:
        path = Path(fact.path)
        words = ["ffmpeg", "-nostdin", "-v", "warning", "-i", str(path), "-f", "null", "-"]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        if said.returncode or said.stderr:
            row.miss(f"{case.name}: ffmpeg on {path.name}: {said.stderr.strip()[:200]}")
        if trouble := footage.sound(path):
            row.miss(f"{case.name}: {trouble}")
    runs = len({fact.run for fact in segments})
    if runs != 1 or len(segments) < 2:
        row.miss(f"{case.name}: {len(segments)} segments in {runs} runs, at least 2 in 1 expected")


def check_picture(row: Row, case: Case, segments: list[SegmentClosed]) -> int:
    """Each frame that was sent is there once. Returns the number of frames."""
    bframes = KINDS[case.kind][1]
    numbers: list[int | None] = []
    for fact in segments:
        path = Path(fact.path)
        shown = list(footage.frames(path))
        if any(a.pts >= b.pts for a, b in pairwise(shown)):
            row.miss(f"{case.name}: presentation times of {path.name} do not increase")
        if len(shown) != fact.frames:
            row.miss(f"{case.name}: {path.name} says {fact.frames} frames and shows {len(shown)}")
        numbers += [frame.number for frame in shown]
    # Where the recording ended, a frame may stand whose predecessors in display had not come.
    kept = numbers[: len(numbers) - bframes] if bframes else numbers
    if not footage.consecutive(kept, LENGTH * clips.FPS):
        row.miss(f"{case.name}: drawn numbers are not consecutive: {numbers}")
    return len(numbers)


def check_sound(row: Row, case: Case, segments: list[SegmentClosed], sent: list[bytes]) -> int:
    """The AAC frames are a piece of the clip's, byte for byte, each where the last one ended."""
    found: list[bytes] = []
    moments: list[Fraction] = []
    for fact in segments:
        with av.open(fact.path) as container:
            packets = [packet for packet in container.demux(audio=0) if packet.size]
        if len(packets) != fact.frames:
            row.miss(f"{case.name}: {fact.path} says {fact.frames} and holds {len(packets)} frames")
        found += [bytes(packet) for packet in packets]
        moments += [(packet.pts or 0) * (packet.time_base or Fraction(0)) for packet in packets]
    step = Fraction(clips.SAMPLES, clips.RATE)
    holes = [float(b - a) for a, b in pairwise(moments) if b - a != step]
    if holes:
        row.miss(
            f"{case.name}: {len(holes)} steps of the sound are not {float(step)} s: {holes[:5]}"
        )
    begin = sent.index(found[0]) if found and found[0] in sent else 0
    if not found or sent[begin : begin + len(found)] != found:
        row.miss(
            f"{case.name}: {len(found)} frames of sound are no piece of the clip's {len(sent)}"
        )
    return len(found)


async def measure(row: Row, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="ronda-show-") as name:
        folder = Path(name)
        made = {kind: folder / f"{kind}.mp4" for kind in KINDS}
        for kind, (codec, bframes) in KINDS.items():
            clips.make(made[kind], codec=codec, bframes=bframes, seconds=LENGTH, label=kind)
        sent = {kind: clips.packets(path) for kind, path in made.items()}
        options = replace(IMPATIENT, segment=6 * SECOND)
        async with AsyncExitStack() as stack:
            plain, tls = await stack.enter_async_context(gst_cameras(folder, made))
            feed = await stack.enter_async_context(hls_feed(folder / "hls", made["h264b"]))
            at = f"rtsp://127.0.0.1:{plain}"
            cases = [Case(f"{kind} over TCP", kind, f"{at}/{kind}") for kind in KINDS]
            cases += [Case(f"{k} over UDP", k, f"{at}/{k}", "udp") for k in ("h264b", "h265")]
            cases += [Case(f"{k} over TLS", k, f"rtsps://127.0.0.1:{tls}/{k}") for k in KINDS]
            hls = [Case("h264b over HLS", "h264b", feed)]
            found = await asyncio.gather(
                record(Rig(folder / "rtsp", options=options), cases, seconds),
                record(Rig(folder / "av", options=options, name="av"), hls, seconds),
            )
        for case in (*cases, *hls):
            kept = {**found[0], **found[1]}[case.name]
            for segments in kept.values():
                whole(row, case, segments)
            frames = check_picture(row, case, kept["main"])
            heard = check_sound(row, case, kept["main-audio"], sent[case.kind])
            lasts = [sum(fact.duration for fact in kept[stream]) / SECOND for stream in STREAMS]
            if abs(lasts[0] - lasts[1]) > 1.5:
                row.miss(f"{case.name}: the picture lasts {lasts[0]} s, and the sound {lasts[1]} s")
            row.figure(case.name, f"{frames} pictures and {heard} frames of sound")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/show recorder.1", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to record")
    given = parser.parse_args(argv)
    row = Row("recorder.1")

    def run() -> None:
        need_program("ffmpeg", "ffmpeg")
        asyncio.run(measure(row, given.seconds))

    return row.run(run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
