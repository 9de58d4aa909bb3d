"""A live HLS feed behind a login: ffmpeg makes it, and who does not know the password gets 401."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import BasicAuth, web

from tests.core.recorder import feeding

FPS = 25
PLAYLIST = "live.m3u8"


@asynccontextmanager
async def guarded(folder: Path, user: str, password: str, seconds: int) -> AsyncIterator[str]:
    """The feed's address while the block runs, at most so long. folder: where its pieces lie."""
    right = BasicAuth(user, password, encoding="utf-8").encode()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != right:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="feed"'})
        wanted = folder / request.match_info["path"]
        return web.FileResponse(wanted) if wanted.is_file() else web.Response(status=404)

    content = feeding.transport_stream(count=seconds * FPS)
    output = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments")
    async with (
        feeding.live(content, *output, str(folder / PLAYLIST)),
        feeding.answering(answer) as address,
    ):
        await feeding.becomes((folder / PLAYLIST).exists)
        yield f"{address}/{PLAYLIST}"
