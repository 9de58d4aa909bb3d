"""HLS beyond the plain case: chapters, variants, restarts of the feed, and servers that stumble."""

import asyncio
import itertools
from collections.abc import Callable

import pytest
from aiohttp import web

from nvr_core.wire.facts import Cause
from tests.core.recorder import feeding
from tests.core.recorder.feeding import FPS, Run, evenly

SECOND = 90000


def pieces(count: int) -> list[bytes]:
    """A feed of one-second segments, each beginning with a key frame, times running on."""
    return cut(feeding.transport_stream(*feeding.H264_B, count=count * FPS))


def cut(content: bytes) -> list[bytes]:
    """Cut a transport stream before each PAT that a key frame follows (ISO/IEC 13818-1)."""
    packets = [content[at : at + 188] for at in range(0, len(content), 188)]
    starts: list[int] = []
    pat = 0
    for place, packet in enumerate(packets):
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid == 0:
            pat = place
        # The adaptation field's random access indicator (2.4.3.5).
        elif pid == 256 and packet[3] & 0x20 and packet[4] and packet[5] & 0x40:
            starts.append(pat)
    return [
        b"".join(packets[begin:end]) for begin, end in itertools.pairwise([*starts, len(packets)])
    ]


def playlist(first: int, names: list[str], *, ended: bool = False) -> str:
    """One-second segments; a name that begins with ! has a discontinuity before it."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for name in names:
        lines += ["#EXT-X-DISCONTINUITY"] * name.startswith("!")
        lines += ["#EXTINF:1.0,", name.lstrip("!")]
    return "\n".join([*lines, *["#EXT-X-ENDLIST"] * ended])


class Server:
    """Answers with segments by name; what the playlist says is a function of how often it came."""

    def __init__(self, segments: dict[str, bytes], said: Callable[[int], str | int]) -> None:
        self._segments = segments
        self._said = said
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        name = request.path.lstrip("/")
        self.asked.append(name)
        if name in self._segments:
            return web.Response(body=self._segments[name])
        if name != "live.m3u8":
            return web.Response(status=404)
        said = self._said(self.asked.count(name) - 1)
        return web.Response(status=said) if isinstance(said, int) else web.Response(text=said)


async def test_segments_cut_by_hand_join_without_a_seam() -> None:
    segments = {f"{i}.ts": piece for i, piece in enumerate(pieces(3))}
    assert len(segments) == 3
    server = Server(segments, lambda _: playlist(0, list(segments), ended=True))
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        failure = await run.failure()
    assert run.video.numbers() == list(range(75))
    assert evenly(run.video.times, SECOND // FPS)
    assert "has ended" in failure.sentence
    assert server.asked == ["live.m3u8", "0.ts", "1.ts", "2.ts"]


async def test_a_discontinuity_brings_another_picture_and_a_jump() -> None:
    """After it the counter begins anew and the picture is larger: both are passed on."""
    small = cut(feeding.transport_stream(*feeding.H264, count=FPS))
    large = cut(feeding.transport_stream("-vf", "scale=320:192", *feeding.H264, count=FPS))
    segments = {"a.ts": small[0], "b.ts": large[0]}
    server = Server(segments, lambda _: playlist(7, ["a.ts", "!b.ts"], ended=True))
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        await run.failure()
    assert [config.width for config in run.video.configs] == [160, 320]
    assert len(run.video.frames) == 2 * FPS
    assert run.video.frames[FPS][0] == run.video.frames[0][0]


async def test_a_live_feed_begins_near_its_end_and_goes_on() -> None:
    made = pieces(6)
    segments = {f"{i}.ts": piece for i, piece in enumerate(made)}
    names = list(segments)
    server = Server(
        segments, lambda n: playlist(n, names[n : n + 4]) if n < 2 else playlist(2, names[2:])
    )
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        await run.frames(80)
    assert "0.ts" not in server.asked
    assert "1.ts" not in server.asked
    assert [name for name in server.asked if name.endswith(".ts")] == names[2:]
    assert run.video.numbers()[:75] == list(range(50, 125))


async def test_one_refused_look_at_the_playlist_costs_nothing() -> None:
    segments = {f"{i}.ts": piece for i, piece in enumerate(pieces(4))}
    names = list(segments)
    server = Server(
        segments,
        lambda n: playlist(0, names[:2]) if n == 0 else 502 if n == 1 else playlist(0, names),
    )
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        await run.frames(90)
    assert run.video.numbers()[:85] == list(range(85))


async def test_a_feed_that_counts_from_the_beginning_again() -> None:
    segments = {f"{i}.ts": piece for i, piece in enumerate(pieces(3))}
    server = Server(
        segments, lambda n: playlist(500, ["0.ts", "1.ts"]) if n == 0 else playlist(0, ["2.ts"])
    )
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        await run.frames(70)
    assert server.asked.count("2.ts") == 1


async def test_the_best_variant_is_followed() -> None:
    (segment,) = cut(feeding.transport_stream(*feeding.H264, count=FPS))
    master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n"

    async def answer(request: web.Request) -> web.Response:
        texts = {
            "/master.m3u8": master + "sub/high.m3u8",
            "/sub/high.m3u8": playlist(0, ["a.ts"], ended=True),
        }
        if request.path == "/sub/a.ts":
            return web.Response(body=segment)
        return web.Response(text=texts[request.path])

    async with feeding.answering(answer) as address, Run(f"{address}/master.m3u8") as run:
        await run.failure()
    assert run.video.numbers() == list(range(FPS))


@pytest.mark.parametrize(
    ("text", "cause", "sentence"),
    [
        (playlist(0, ["gone.ts"]), Cause.CAMERA_UNREACHABLE, "gone.ts answers 404"),
        ("#EXTM3U\n#EXTINF:x,\na.ts", Cause.CAMERA_UNREACHABLE, "cannot be understood"),
        ("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128\n#EXTINF:1,\na", Cause.UNSUPPORTED, "encrypted"),
        ("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Cause.UNSUPPORTED, "only http and https"),
        (
            '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2"\na.m3u8\n',
            Cause.UNSUPPORTED,
            "offers sound only",
        ),
    ],
)
async def test_playlists_that_lead_nowhere(text: str, cause: Cause, sentence: str) -> None:
    server = Server({}, lambda _: text)
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        failure = await run.failure()
    assert sentence in failure.sentence
    assert failure.cause == cause


async def test_what_piles_up_is_hurried_through() -> None:
    """A feed whose clock runs faster than ours would else lose its old segments, once a day."""
    segments = {f"{i}.ts": piece for i, piece in enumerate(pieces(8))}
    names = list(segments)
    server = Server(segments, lambda n: playlist(0, names[:2]) if n == 0 else playlist(0, names))
    begun = asyncio.get_running_loop().time()
    async with feeding.answering(server.answer) as address, Run(f"{address}/live.m3u8") as run:
        await run.frames(8 * FPS - 5)
    assert run.video.numbers()[:190] == list(range(190))
    # Two seconds at their pace, then in a hurry until three segments are left.
    assert asyncio.get_running_loop().time() - begun < 6.5
