"""The two pages: the wall of all cameras, and one camera with its past."""

from __future__ import annotations

from aiohttp import web

from nvr_core.recording.timeline import holes
from nvr_web import views
from nvr_web.days import FAMILIES, day_of, gap_views
from nvr_web.rendering import RONDA, page, speaks


async def wall(request: web.Request) -> web.Response:
    """Which cameras show a picture now, and what to do about those that do not."""
    ronda = request.app[RONDA]
    words, now, recording = speaks(request), ronda.clock.wall(), ronda.recording
    return page(
        request,
        "wall.html",
        {
            "here": "/",
            "headline": views.headline(recording, words),
            "alerts": views.alerts(recording, words, now),
            "cameras": [views.of_camera(recording, one, words, now) for one in recording.cameras],
        },
    )


async def camera(request: web.Request) -> web.Response:
    """One camera: live, its past, its gaps. ?day=2026-11-24, ?at=wall time in µs."""
    ronda = request.app[RONDA]
    words, now, recording = speaks(request), ronda.clock.wall(), ronda.recording
    found = recording.camera(request.match_info["camera"])
    if found is None:
        return not_found(request)
    at = _whole(request.query.get("at"))
    asked = words.moment(at).date().isoformat() if at is not None else request.query.get("day")
    day = day_of(words, asked, now)
    gaps = await recording.archive.gaps(found.id, "main", day.start, day.end)
    kept = await recording.archive.kept(found.id, "main")
    return page(
        request,
        "camera.html",
        {
            "here": found.id,
            "cameras": recording.cameras,
            "camera": views.of_camera(recording, found, words, now),
            "alerts": views.of_one(recording, found, words, now),
            "facts": views.facts(recording, found, words, now, kept),
            "day": day,
            "at": at,
            "gaps": gap_views(holes(gaps, day.start, day.end), words, now),
            "families": list(dict.fromkeys(FAMILIES.values())),
        },
    )


def not_found(request: web.Request) -> web.Response:
    """The page for an address that leads nowhere."""
    words = speaks(request)
    values = {
        "here": "",
        "cameras": request.app[RONDA].recording.cameras,
        "title": words("page.none"),
        "sentence": words("page.none-do"),
    }
    return page(request, "error.html", values, status=404)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 17 else None
