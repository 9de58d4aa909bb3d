"""What went wrong with an HTTP request, as a cause and a sentence that carries no secret."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from nvr_core.recorder.failures import (
    DeviceFull,
    LoginRefused,
    NoConnection,
    Silent,
    SourceFailed,
    Unreachable,
    Unsupported,
)


def shown(url: str) -> str:
    """An address fit for a log: without login, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")
    except ValueError:
        return "the address"


def no_connection(error: OSError | None, place: str) -> SourceFailed:
    """No address of a host could be connected to, the last for this reason."""
    if isinstance(error, TimeoutError):
        return NoConnection(
            f"nothing answers at {place}; check its power, its network and the address"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            f"the certificate of {place} is not trusted ({error.verify_message}); use its right "
            "name, or verify_tls = false for a certificate made by the device itself"
        )
    if isinstance(error, ssl.SSLError):
        return Unreachable(
            f"{place} does not speak TLS as expected ({error.reason or error}); use http://"
        )
    why = (error.strerror or str(error)) if error is not None else "the name has no address"
    return NoConnection(f"no connection to {place}: {why}; check the address")


def broken(error: Exception, place: str) -> SourceFailed:
    """A connection that stood failed in the middle of an answer."""
    if isinstance(error, TimeoutError):
        return Silent(f"{place} is connected, but nothing comes; restart it if this goes on")
    if isinstance(error, http.client.HTTPException | ValueError):
        return Unreachable(f"{place} does not answer as HTTP asks ({type(error).__name__})")
    why = getattr(error, "strerror", None) or str(error)
    return NoConnection(f"the connection to {place} broke: {why}")


def refused(status: int, place: str, login: bool) -> SourceFailed:
    """An answer that is not the one asked for; login: we have one and used it if asked to."""
    if status == 401 and login:
        return LoginRefused(f"{place} refuses the login; check user name and password")
    if status == 401:
        return LoginRefused(f"{place} asks for a login; give user name and password")
    if status == 403 and login:
        return LoginRefused(f"{place} lets this user not see it (403); check the user's rights")
    if status == 503:
        return DeviceFull(f"{place} is busy (503): it may have too many viewers")
    if status == 200:
        return Unsupported(f"{place} cannot send parts of a file, which its playlist asks for")
    meaning = http.client.responses.get(status, "unknown")
    return Unreachable(f"{place} answers {status} ({meaning}); check the address")
