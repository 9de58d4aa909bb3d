"""RTSP messages to bytes and back, as forgiving as cameras need (RFC 2326)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nvr_core.media.errors import MediaError
from nvr_core.media.rtsp_fields import (
    RtpInfo,
    Transport,
    parse_methods,
    parse_rtp_info,
    parse_session,
    parse_transport,
    whole_number,
)

__all__ = [
    "HEAD_LIMIT",
    "Headers",
    "Request",
    "Response",
    "RtpInfo",
    "Transport",
    "body_size",
    "build_request",
    "build_response",
    "parse_message",
    "parse_methods",
    "parse_rtp_info",
    "parse_session",
    "parse_transport",
]

HEAD_LIMIT = 65536
"""Bytes a head (start line and headers), and likewise a body, may have."""

REASON_LIMIT = 60
"""Characters of a reason phrase that are kept: it ends up in sentences for people."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]")

REASONS = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    451: "Parameter Not Understood",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    459: "Aggregate Operation Not Allowed",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    551: "Option Not Supported",
}


class Headers:
    """Header fields in the order received: names in any case, each as often as it came."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)

    def get(self, name: str, default: str = "") -> str:
        """The first value of that name, without blanks around it."""
        wanted = name.lower()
        for field, value in self._fields:
            if field.lower() == wanted:
                return value
        return default

    def get_all(self, name: str) -> list[str]:
        """Every value of that name, in order."""
        wanted = name.lower()
        return [value for field, value in self._fields if field.lower() == wanted]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get_all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(self._fields)

    def __repr__(self) -> str:
        """Names only: values may carry a login."""
        return f"Headers({', '.join(name for name, _ in self._fields)})"


NO_HEADERS = Headers()


@dataclass(frozen=True)
class Request:
    """A question; cameras ask too (OPTIONS as a sign of life, ANNOUNCE)."""

    method: str
    url: str
    headers: Headers = NO_HEADERS
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An answer."""

    status: int
    reason: str
    headers: Headers = NO_HEADERS
    body: bytes = b""


def build_request(
    method: str, url: str, cseq: int, headers: Mapping[str, str], body: bytes = b""
) -> bytes:
    """A request ready to send (RFC 2326, 6). Raises MediaError for a control character in it."""
    return _build(f"{method} {url} RTSP/1.0", {"CSeq": str(cseq), **headers}, body)


def build_response(
    status: int,
    reason: str = "",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> bytes:
    """An answer ready to send (RFC 2326, 7); the usual reason phrase stands in for an empty one.

    headers: pairs when a name occurs twice (WWW-Authenticate). Raises MediaError as above.
    """
    return _build(f"RTSP/1.0 {status} {reason or REASONS.get(status, 'Unknown')}", headers, body)


def _build(
    start: str, headers: Mapping[str, str] | Iterable[tuple[str, str]], body: bytes
) -> bytes:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    if body and not any(name.lower() == "content-length" for name, _ in pairs):
        pairs.append(("Content-Length", str(len(body))))
    lines = [start, *(f"{name}: {value}" for name, value in pairs)]
    for line in lines:
        if CONTROL.search(line):
            name = line.split(":")[0].split()[:1]
            raise MediaError(
                f"the RTSP message cannot be sent: {''.join(name) or 'a line'} holds a line break "
                "or another control character; remove it from the address, the user name or the "
                "password, or update the camera"
            )
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def parse_message(head: bytes, body: bytes = b"") -> Request | Response:
    """Read a head (without the empty line that ends it) and pair it with its body.

    Forgiven: any case of names, blanks around names and values, lines that end with a line feed or
    a carriage return alone, folded lines, lines without a colon, a missing reason phrase, of which
    REASON_LIMIT printable characters are kept. Raises MediaError for any other start line.
    """
    if len(head) > HEAD_LIMIT:
        raise MediaError(f"an RTSP head of {len(head)} bytes is over the limit of {HEAD_LIMIT}")
    lines = _lines(head)
    first, headers = lines[0].strip(), _fields(lines[1:])
    version, _, rest = first.partition(" ")
    if version.upper().startswith("RTSP/"):
        code, _, reason = rest.strip().partition(" ")
        status = whole_number(code, 100, 999)
        if status is None:
            raise MediaError(f"the RTSP answer {_short(first)} has no status code")
        return Response(status, _printable(reason.strip()), headers, body)
    words = first.split()
    if len(words) < 3 or not words[-1].upper().startswith("RTSP/") or not words[0].isascii():
        raise MediaError(f"{_short(first)} is no RTSP request or answer")
    return Request(words[0].upper(), " ".join(words[1:-1]), headers, body)


def body_size(head: bytes) -> int:
    """How many bytes of body follow this head, 0 when it does not say. Raises MediaError."""
    lines = _lines(head)
    text = _fields(lines[1:]).get("Content-Length", "0")
    size = whole_number(text, 0, HEAD_LIMIT)
    if size is None:
        raise MediaError(
            f"an RTSP message announces a body of {_short(text)} bytes; "
            f"a whole number up to {HEAD_LIMIT} is right"
        )
    return size


def _lines(head: bytes) -> list[str]:
    text = head.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text.strip("\n").split("\n")


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:REASON_LIMIT]


def _fields(lines: list[str]) -> Headers:
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        if colon and name.strip():
            fields.append((name.strip(), value.strip()))
    return Headers(fields)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
