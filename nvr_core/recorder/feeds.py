"""What an address leads to: a playlist to follow, bytes to read, or a name for FFmpeg."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from nvr_core.recorder.failures import Unsupported
from nvr_core.recorder.fetching import Body, Fetcher
from nvr_core.recorder.hls import PLAYLIST_LIMIT, HlsFeed
from nvr_core.recorder.interruption import Interruption
from nvr_core.wire.wants import Login

SCHEMES = ("http", "https", "rtmp", "rtmps", "tcp", "udp", "file")
PLAYLIST_KINDS = (
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "audio/mpegurl",
    "audio/x-mpegurl",
)


class Readable(Protocol):
    """A file of which PyAV uses this much."""

    def read(self, most: int, /) -> bytes: ...
    def close(self) -> None: ...


class Feed(Protocol):
    """Where a source's bytes come from, one chapter after the other."""

    paced: bool
    """It can give more than the present: its frames must be held to their own pace."""

    def next(self) -> Readable | str | None:
        """What FFmpeg reads next: bytes, or an address that it opens itself. None: all is over."""

    def hurried(self) -> bool:
        """Holding to the pace must pause: too much has piled up."""


class Once:
    """One thing to open, and nothing after it."""

    paced = False

    def __init__(self, chapter: Readable | str) -> None:
        self._chapter: Readable | str | None = chapter

    def next(self) -> Readable | str | None:
        chapter, self._chapter = self._chapter, None
        return chapter

    def hurried(self) -> bool:
        return False


class Again:
    """A file, from its beginning each time it ends."""

    paced = True

    def __init__(self, path: str) -> None:
        self._path = path

    def next(self) -> str:
        return self._path

    def hurried(self) -> bool:
        return False


class Peeked:
    """A body of which the first bytes were read already."""

    def __init__(self, first: bytes, body: Body) -> None:
        self._first = first
        self._body = body

    def read(self, most: int) -> bytes:
        if self._first:
            got, self._first = self._first[:most], self._first[most:]
            return got
        return self._body.read(most)

    def close(self) -> None:
        self._body.close()


def reach(
    url: str,
    interruption: Interruption,
    *,
    login: Login | None = None,
    headers: Mapping[str, str] | None = None,
    verify_tls: bool = True,
    patience: float,
) -> Feed:
    """Find out what is at an address. Raises SourceFailed, Interrupted.

    patience: seconds for a connection, and for each byte after the last.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise Unsupported(
            f"an address of the kind {parts.scheme or 'nothing'}: is not recorded; right are "
            f"rtsp:, rtsps:, {', '.join(scheme + ':' for scheme in SCHEMES)}"
        )
    if parts.scheme == "file":
        return Again("file:" + unquote(parts.path))
    if parts.scheme not in ("http", "https"):
        return Once(with_login(url, login))
    fetcher = Fetcher(
        interruption,
        origin=url,
        login=login,
        headers=headers or {},
        verify_tls=verify_tls,
        patience=patience,
    )
    body = fetcher.get(url)
    first = body.read(4096)
    if body.kind in PLAYLIST_KINDS or first.removeprefix(b"\xef\xbb\xbf").startswith(b"#EXTM3U"):
        try:
            text = first + body.read_all(PLAYLIST_LIMIT)
        finally:
            body.close()
        return HlsFeed(fetcher, interruption, body.url, text, patience)
    return Once(Peeked(first, body))


def with_login(url: str, login: Login | None) -> str:
    """The address with the login in it, the only way to tell FFmpeg; never to be shown."""
    if login is None:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    named = f"{quote(login.user, safe='')}:{quote(login.password, safe='')}@{host}"
    return parts._replace(netloc=named).geturl()


def native_options(url: str, verify_tls: bool, given: Mapping[str, str]) -> dict[str, str]:
    """FFmpeg's options for an address that it opens itself."""
    options = {
        # Nothing that a feed says may make FFmpeg open a file or another address.
        "protocol_whitelist": "file" if url.startswith("file:") else "rtmp,rtmps,tls,tcp,udp",
        # Long enough to see a track that begins late, short enough to record soon.
        "analyzeduration": "3000000",
    }
    if url.startswith("rtmps:") and verify_tls:
        trusted = ssl.get_default_verify_paths().cafile
        options |= {"tls_verify": "1"} | ({"ca_file": trusted} if trusted else {})
    return options | dict(given)
