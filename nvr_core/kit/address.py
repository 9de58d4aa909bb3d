"""The address of a stream as people write it, taken apart: the url, and the login inside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nvr_core.contract import Login, Secret, Text

__all__ = ["LENGTH", "RTSP", "THROUGH_PYAV", "USE", "Address", "AddressError", "parse", "shown"]

RTSP = ("rtsp", "rtsps")
THROUGH_PYAV = ("http", "https", "rtmp", "rtmps")
USE = Text(
    "use rtsp://, rtsps://, http(s)://….m3u8 (HLS; MPEG-TS and FLV over http work too), "
    "rtmp(s):// or the path of a file"
)
LENGTH = 2048
"""Characters of the longest address."""

_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[\w.%~-]+)(:[0-9]*)?")
"""Host and port (RFC 3986, 3.2.2), names in other letters than those of ASCII too."""
_HOST_AGAIN = re.compile(r"@(\[[0-9A-Fa-f:.]+\]|[\w-]+(\.[\w-]+)+|[\w-]+:[0-9]+)([/?#:]|$)")
"""Behind a login that seemed to have ended, there is a host once more."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")


class AddressError(ValueError):
    """The end of a sentence that begins with the field and the address: "names no host; …"."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a stream is. The url carries no login."""

    url: str
    login: Login | None = None


def shown(text: str) -> str:
    """The address as a sentence may repeat it: without what may be a login, and not too long."""
    scheme, marks, rest = text.partition("://")
    shown = f"{scheme}://…@{rest.rpartition('@')[2]}" if marks and "@" in rest else text
    return f'"{shown[:80]}…"' if len(shown) > 80 else f'"{shown}"'


def parse(text: str, folder: Path) -> Address:
    """Read an address; a relative path of a file begins at `folder`. Raises AddressError.

    Without a scheme it is the path of a file, and its url begins with file://.
    """
    if not text or len(text) > LENGTH:
        raise AddressError(Text("is not an address of 1 to {most} characters", most=LENGTH))
    if any(character < " " or character == "\x7f" for character in text):
        raise AddressError(Text("holds a line feed or another control character; remove it"))
    scheme = _SCHEME.match(text)
    if scheme is None:
        return Address(url=(folder / text).absolute().as_uri())
    if scheme[1].lower() == "file":
        return _file(text)
    if scheme[1].lower() not in (*RTSP, *THROUGH_PYAV) or not scheme[2]:
        raise AddressError(Text("is not an address Ronda can open; {use}", use=USE))
    return _network(text, scheme[1].lower())


def _file(text: str) -> Address:
    parts = urlsplit(text)
    path = Path(unquote(parts.path))
    if parts.netloc not in ("", "localhost") or not path.is_absolute():
        raise AddressError(
            Text("is not the path of a file; write it plainly, such as /srv/loop.mp4")
        )
    return Address(url=path.as_uri())


def _network(text: str, scheme: str) -> Address:
    if " " in text:
        raise AddressError(Text("holds a blank; remove it, or write %20 when the address needs it"))
    rest = text[len(scheme) + 3 :]
    if re.match(r"rtsps?://", rest, re.IGNORECASE):
        raise AddressError(Text("begins with its scheme twice; remove one"))
    place = re.search(r"[/?#]|$", rest)
    assert place is not None  # the end always matches
    authority, path = rest[: place.start()], rest[place.start() :]
    # A password may hold an @ that nobody escaped: the last one divides.
    userinfo, mark, host = authority.rpartition("@")
    try:
        _check_host(f"{scheme}://{host}")
        doubtful = re.fullmatch(r"[^.:]+:[0-9]+", host) is not None
    except AddressError:
        if mark or "@" not in path:
            raise
        doubtful = True
    if mark and "@" in path:
        # user:half@of/it@10.0.0.7/a: half of the password would stay in the url.
        doubtful = not _HOST.fullmatch(host) or _HOST_AGAIN.search(path) is not None
    if doubtful and "@" in path:
        raise AddressError(
            Text(
                "seems to hold a password with / ? or # inside; write them as %2F, %3F and %23, "
                "or write it into the camera's fields user and password"
            )
        )
    login = None
    if mark:
        user, _, password = userinfo.partition(":")
        login = Login(user=unquote(user), password=Secret(unquote(password)))
    return Address(url=f"{scheme}://{host}{path}", login=login)


def _check_host(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError(
            Text("has a port that is no number from 1 to 65535, or a broken [IPv6]")
        ) from None
    if not host:
        raise AddressError(Text("names no host; write the camera's address behind the //"))
    if port == 0:
        raise AddressError(
            Text("has port 0, which nobody can answer; leave it out or write the right one")
        )
