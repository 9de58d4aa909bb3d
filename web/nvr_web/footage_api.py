"""Footage over HTTP: what exists when, and the bytes of whole parts at addresses that never change.

A file that grows is never served by Range: a browser's cache would mix its generations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from nvr_core.recording import playing
from nvr_core.recording.past import NothingRecorded
from nvr_core.recording.pictures import NoPicture
from nvr_core.recording.reads import Busy
from nvr_core.recording.segments import Segment
from nvr_core.recording.service import Camera
from nvr_core.recording.timeline import SHAPES, holes
from nvr_web import views
from nvr_web.days import doubt_words, gap_views
from nvr_web.rendering import RONDA, speaks

IMMUTABLE = "private, max-age=31536000, immutable"
LONGEST = 32 * 24 * 3600 * 1_000_000
"""Most wall time in one timeline, µs."""
CHUNK = 256 << 10
"""Bytes of a part in memory at a time."""
PATIENCE = 30.0
"""Seconds in which a reader must take a chunk."""
AT_ONCE = 64
"""Parts on their way at a time, over all readers."""

SENDING = web.AppKey("sending", asyncio.Semaphore)
STREAMS = ("main", "sub")


def refused(status: int, sentence: str) -> web.Response:
    """An error that says what would be right."""
    response = web.json_response({"error": sentence}, status=status)
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def answer(content: object) -> web.Response:
    response = web.json_response(content)
    response.headers["Cache-Control"] = "no-store"
    return response


def _camera(request: web.Request) -> Camera:
    found = request.app[RONDA].recording.camera(request.match_info["camera"])
    if found is None:
        raise web.HTTPNotFound(text="No camera has this id.\n")
    return found


def _moment(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise web.HTTPBadRequest(
            text=f"{name} must be whole microseconds since 1970 (UTC), not {text[:40]!r}.\n"
        )
    return int(text)


def _stream(request: web.Request) -> str:
    name = request.query.get("stream", "main")
    if name not in STREAMS:
        raise web.HTTPBadRequest(text=f"stream must be main or sub, not {name[:40]!r}.\n")
    return name


async def cameras(request: web.Request) -> web.Response:
    """All cameras with what each does now."""
    ronda = request.app[RONDA]
    recording = ronda.recording
    found = []
    for camera in recording.cameras:
        state = recording.state(camera)
        found.append(
            {
                "id": camera.id,
                "name": camera.name,
                "state": state.word,
                "cause": state.cause,
                "since": state.since,
                "sentence": state.sentence,
                "streams": [
                    {"stream": name, "codec": one.codec, "width": one.width, "height": one.height}
                    for name, one in recording.arriving(camera)
                ],
            }
        )
    return answer({"now": ronda.clock.wall(), "cameras": found})


async def timeline(request: web.Request) -> web.Response:
    """Stretches with footage and gaps inside [from, to), merged to what can be drawn.

    The facts about the camera come along, as words and values.
    """
    ronda = request.app[RONDA]
    words, now = speaks(request), ronda.clock.wall()
    start, end = _moment(request, "from"), _moment(request, "to")
    if not start < end <= start + LONGEST:
        raise web.HTTPBadRequest(text="to must lie after from, and at most 32 days after it.\n")
    camera, stream, archive = _camera(request), _stream(request), ronda.recording.archive
    spans = await archive.spans(camera.id, stream, start, end, (end - start) // SHAPES)
    told = await archive.gaps(camera.id, stream, start, end)
    gaps = gap_views(holes(told, start, end), words, now)
    kept = await archive.kept(camera.id, "main")
    doubts = await archive.doubts(camera.id, stream, start, end)
    return answer(
        {
            "now": now,
            "recorded": spans,
            "gaps": [
                {
                    "start": gap.start,
                    "end": gap.end,
                    "family": gap.family,
                    "words": gap.words,
                    "span": gap.span,
                    "length": gap.length,
                }
                for gap in gaps
            ],
            # Their clock was set later: by µs is what to add, if it is right now.
            "doubtful": [
                {
                    "start": one.began,
                    "end": one.ended,
                    "by": one.by,
                    "words": doubt_words(one.began, one.by, words),
                }
                for one in doubts
            ],
            "facts": views.facts(ronda.recording, camera, words, now, kept),
        }
    )


async def parts(request: web.Request) -> web.Response:
    """Parts to play: ?from=µs, or ?after=SEGMENT/OFFSET to go on behind one that is known."""
    ronda = request.app[RONDA]
    words, now = speaks(request), ronda.clock.wall()
    archive = ronda.recording.archive
    camera, stream = _camera(request).id, _stream(request)
    known, _, offset = request.query.get("after", "").partition("/")
    if known:
        segment = await archive.segment(known)
        if segment is None or not (offset.isascii() and offset.isdigit() and len(offset) < 16):
            return refused(404, "This segment is gone. Ask again with from.")
        start = segment.end
        items = await archive.after(segment, int(offset))
    else:
        start = _moment(request, "from")
        items = await archive.from_moment(camera, stream, start)
    end = max(max((item.segment.end for item in items), default=now), start + 1)
    told = await archive.gaps(camera, stream, start, end)
    gaps = gap_views(holes(told, start, end), words, now)
    return answer(
        {
            "now": now,
            "items": [_item(item) for item in items],
            "gaps": [
                {"start": gap.start, "end": gap.end, "words": gap.words, "span": gap.span}
                for gap in gaps
            ],
        }
    )


def _item(item: playing.Item) -> dict[str, Any]:
    segment: Segment = item.segment
    rows: Sequence[tuple[int, int, int, int]] = [
        (part.offset, part.size, part.start, part.duration) for part in item.parts
    ]
    return {
        "segment": segment.segment,
        "run": segment.run,
        "codec": segment.codec,
        "timescale": segment.timescale,
        "growing": not segment.closed,
        "start": segment.wall(item.parts[0].start),
        "parts": rows,
    }


async def init(request: web.Request) -> web.StreamResponse:
    """The head of a segment: what a player needs before any of its parts."""
    segment = await _segment(request)
    return await _send(request, segment, 0, segment.init_size)


async def part(request: web.Request) -> web.StreamResponse:
    """One whole part that the index knows."""
    segment = await _segment(request)
    offset, size = int(request.match_info["offset"]), int(request.match_info["size"])
    if not segment.parts.holds(offset, size):
        return refused(404, "No whole part of this segment lies there.")
    return await _send(request, segment, offset, size)


async def picture(request: web.Request) -> web.Response:
    """A JPEG: the newest key frame of a camera, or what it showed ?at=µs, to the second."""
    recording, camera = request.app[RONDA].recording, _camera(request)
    try:
        if "at" in request.query:
            jpeg = await recording.past.of(camera.id, _moment(request, "at"))
        else:
            jpeg = await recording.newest.of(camera.id)
    except NothingRecorded as error:
        return refused(404, str(error))
    except NoPicture as error:
        return refused(503, str(error))
    response = web.Response(body=jpeg, content_type="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    return response


async def _segment(request: web.Request) -> Segment:
    segment = await request.app[RONDA].recording.archive.segment(request.match_info["segment"])
    if segment is None:
        raise web.HTTPNotFound(text="No segment has this id, or it has been deleted.\n")
    return segment


async def _send(
    request: web.Request, segment: Segment, offset: int, size: int
) -> web.StreamResponse:
    """Send bytes of a file in chunks. A reader that stands still for PATIENCE is hung up on."""
    recording = request.app[RONDA].recording
    sending = request.app[SENDING]
    if sending.locked():
        return refused(503, speaks(request)("error.busy"))
    async with sending:
        try:
            try:
                chunk = await recording.reads.bytes_at(segment.path, offset, min(CHUNK, size))
            except FileNotFoundError:
                if await recording.gone(segment):
                    return refused(410, "This segment has been deleted.")
                return refused(503, speaks(request)("error.no-disk"))
        except Busy:
            return refused(503, speaks(request)("error.busy"))
        except (OSError, EOFError) as error:
            return refused(503, f"The segment cannot be read: {error}")
        response = web.StreamResponse()
        response.content_type = "video/mp4"
        response.content_length = size
        response.headers["Cache-Control"] = IMMUTABLE
        await response.prepare(request)
        sent = 0
        while True:
            async with asyncio.timeout(PATIENCE):
                await response.write(chunk)
            sent += len(chunk)
            if sent >= size or request.method == "HEAD":
                break
            chunk = await recording.reads.bytes_at(
                segment.path, offset + sent, min(CHUNK, size - sent)
            )
        await response.write_eof()
        return response
