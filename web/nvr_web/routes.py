"""Every address the server answers to, in one table; what is not written here is not there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from nvr_core.app import Ronda
from nvr_core.recording.reads import Busy
from nvr_web import footage_api, live_socket, pages
from nvr_web.guard import add_headers, guard
from nvr_web.rendering import PAGES, RONDA, environment, speaks

STATIC = Path(__file__).parent / "static"
PART = r"/api/v1/segment/{segment}/{offset:\d{1,15}}-{size:\d{1,15}}"
LONGEST_BODY = 1024
"""Nothing is uploaded yet."""


async def healthz(request: web.Request) -> web.Response:
    """Whether the server runs, and which recorders answer: for a monitor, not for people."""
    silent = request.app[RONDA].recording.silent()
    return web.json_response({"server": "runs", "silent_recorders": silent})


@web.middleware
async def fresh_static(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Scripts and styles are asked for anew after an upgrade, and else answered by 304."""
    response = await handler(request)
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"
    return response


@web.middleware
async def patient(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who comes while too much waits for the disk is told to come again."""
    try:
        return await handler(request)
    except Busy:
        return footage_api.refused(503, speaks(request)("error.busy"))


@web.middleware
async def lost(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An address that leads nowhere gets a page, unless a script asked."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.path.startswith(("/api/", "/static/")):
            raise
        return pages.not_found(request)


def application(ronda: Ronda) -> web.Application:
    """The web application around a running Ronda."""
    app = web.Application(
        middlewares=[guard, lost, patient, fresh_static], client_max_size=LONGEST_BODY
    )
    app[RONDA] = ronda
    app[PAGES] = environment()
    app[footage_api.SENDING] = asyncio.Semaphore(footage_api.AT_ONCE)
    app[live_socket.VIEWERS] = set()
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(live_socket.close_all)
    app.add_routes(
        [
            web.get("/", pages.wall),
            web.get("/camera/{camera}", pages.camera),
            web.get("/api/v1/cameras", footage_api.cameras),
            web.get("/api/v1/cameras/{camera}/timeline", footage_api.timeline),
            web.get("/api/v1/cameras/{camera}/parts", footage_api.parts),
            web.get("/api/v1/segment/{segment}/init", footage_api.init),
            web.get(PART, footage_api.part),
            web.get("/api/v1/picture/{camera}", footage_api.picture),
            web.get("/api/v1/live", live_socket.live),
            web.get("/healthz", healthz),
            web.static("/static", STATIC),
        ]
    )
    return app
