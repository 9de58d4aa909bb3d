"""Who may ask: this machine only, from pages of this server only, until there are accounts."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

REFUSED = (
    "Ronda answers only to names of this machine: localhost, 127.0.0.1 or [::1]. "
    "From another machine, tunnel with: ssh -L 8080:127.0.0.1:8080 THIS-MACHINE"
)


def is_loopback(host: str) -> bool:
    """Whether a Host header (RFC 9110, 7.2) names this machine, on any port.

    A page of the Internet whose name was made to point here (DNS rebinding) has another host.
    """
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name in LOOPBACK


def is_own(origin: str, host: str) -> bool:
    """Whether an Origin header (RFC 6454, 7) is that of this server's own pages."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == host


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse strangers; GET and HEAD only, since nothing can be changed over HTTP yet."""
    origin = request.headers.get("Origin")
    host = request.headers.get("Host", "")
    site = request.headers.get("Sec-Fetch-Site", "none")
    if not is_loopback(host) or (origin is not None and not is_own(origin, host)):
        return web.Response(status=403, text=REFUSED + "\n")
    if request.path.startswith("/api/") and site not in ("same-origin", "none"):
        return web.Response(status=403, text="Other sites may not read from this server.\n")
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, errors included (an on_response_prepare signal)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
