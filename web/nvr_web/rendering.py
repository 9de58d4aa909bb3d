"""Pages from templates, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
from aiohttp import web

from nvr_core.app import Ronda
from nvr_core.words import LANGUAGES, Words, choose

RONDA = web.AppKey("ronda", Ronda)
PAGES = web.AppKey("pages", jinja2.Environment)

COOKIE = "lang"
_YEAR = 365 * 24 * 3600


def environment() -> jinja2.Environment:
    """Templates escape everything, and a name that was not given is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("nvr_web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def speaks(request: web.Request) -> Words:
    """The reader's words: by ?lang, else what was picked before, else what the browser accepts."""
    asked = request.query.get("lang") or request.cookies.get(COOKIE)
    language = choose(asked, request.headers.get("Accept-Language", ""))
    return Words(language, request.app[RONDA].zone)


def page(
    request: web.Request, template: str, values: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    """Render a page; a language that was asked for is remembered."""
    words = speaks(request)
    ronda = request.app[RONDA]
    now = ronda.clock.wall()
    text = (
        request.app[PAGES]
        .get_template(template)
        .render(
            {
                "t": words,
                "other": next(one for one in LANGUAGES if one != words.language),
                "now": now,
                "zone": words.moment(now).tzname(),
                **values,
            }
        )
    )
    response = web.Response(text=text, content_type="text/html", status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = words.language
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query.get("lang") in LANGUAGES:
        response.set_cookie(
            COOKIE, words.language, max_age=_YEAR, samesite="Strict", httponly=True, path="/"
        )
    return response
