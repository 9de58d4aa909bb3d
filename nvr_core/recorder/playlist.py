"""HLS playlists (RFC 8216), as far as recording a live feed takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

from nvr_core.media.errors import MediaError, UnsupportedMedia

MAX_SEGMENTS = 20_000
"""A day of five-second segments; live playlists have a handful."""

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)\s*=\s*(?:"([^"]*)"|([^",]*))')
SOUND_ONLY = re.compile(r"(mp4a|ac-3|ec-3|opus|mp3)[^,]*", re.IGNORECASE)


@dataclass(frozen=True)
class Resource:
    """Something to fetch: all of it, or `size` bytes from `start`."""

    url: str
    start: int = 0
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class MediaSegment:
    """One piece of the feed."""

    sequence: int
    resource: Resource
    duration: float
    """Seconds."""
    head: Resource | None = None
    """What a player must read before it (EXT-X-MAP): ftyp and moov of fragmented MP4."""
    discontinuity: bool = False
    """Times or codecs begin anew here."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One encoding of the feed, in a playlist of its own."""

    url: str
    bandwidth: int
    codecs: str


@dataclass(frozen=True, kw_only=True)
class Playlist:
    """What is there now. Either variants or segments are given."""

    variants: tuple[Variant, ...] = ()
    segments: tuple[MediaSegment, ...] = ()
    target: float = 0.0
    """Seconds that no segment exceeds."""
    ended: bool = False
    """Nothing will be added."""

    def best(self) -> Variant | None:
        """The variant with the most bits a second that is not sound alone."""
        seen = [v for v in self.variants if not _is_sound(v.codecs)]
        return max(seen, key=lambda variant: variant.bandwidth, default=None)


def parse(text: str, url: str) -> Playlist:
    """Read a playlist that came from `url`.

    Raises MediaError when it is none, UnsupportedMedia when its segments are encrypted.
    """
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise MediaError("an HLS playlist begins with #EXTM3U; this does not")
    return _Reading(url).read(lines[1:])


class _Reading:
    """One pass over the lines; what is said before a URI applies to it, or from it on."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._variants: list[Variant] = []
        self._segments: list[MediaSegment] = []
        self._sequence = 0
        self._target = 0.0
        self._ended = False
        self._offered: dict[str, str] | None = None
        self._duration = 0.0
        self._range = ""
        self._head: Resource | None = None
        self._discontinuity = False
        self._missing = False

    def read(self, lines: Iterable[str]) -> Playlist:
        for line in lines:
            if line.startswith("#EXT"):
                tag, _, value = line.partition(":")
                self._tag(tag, value)
            elif line and not line.startswith("#"):
                self._address(urljoin(self._url, line))
        return Playlist(
            variants=tuple(self._variants),
            segments=tuple(self._segments),
            target=self._target,
            ended=self._ended,
        )

    def _tag(self, tag: str, value: str) -> None:
        match tag:
            case "#EXT-X-STREAM-INF":
                self._offered = _attributes(value)
            case "#EXTINF":
                self._duration = min(max(_number(value.partition(",")[0], tag), 0.0), 3600.0)
            case "#EXT-X-TARGETDURATION":
                self._target = min(max(_number(value, tag), 0.0), 3600.0)
            case "#EXT-X-MEDIA-SEQUENCE":
                # It numbers the first segment (RFC 8216, 4.3.3.2); later it would number one twice.
                if not self._segments:
                    self._sequence = int(_number(value, tag))
            case "#EXT-X-BYTERANGE":
                self._range = value
            case "#EXT-X-MAP":
                said = _attributes(value)
                address = urljoin(self._url, said.get("URI", ""))
                self._head = _span(address, said.get("BYTERANGE", ""), None)
            case "#EXT-X-KEY" if _attributes(value).get("METHOD", "NONE") != "NONE":
                raise UnsupportedMedia(
                    "the HLS feed is encrypted (EXT-X-KEY), which is not stored; "
                    "have it sent without encryption, by https if need be"
                )
            case "#EXT-X-DISCONTINUITY":
                self._discontinuity = True
            case "#EXT-X-GAP":
                self._missing = True
            case "#EXT-X-ENDLIST":
                self._ended = True

    def _address(self, url: str) -> None:
        if self._offered is not None:
            bandwidth = self._offered.get("BANDWIDTH", "0")
            self._variants.append(
                Variant(
                    url=url,
                    bandwidth=int(bandwidth) if bandwidth.isdecimal() else 0,
                    codecs=self._offered.get("CODECS", ""),
                )
            )
            self._offered = None
            return
        if len(self._segments) == MAX_SEGMENTS:
            raise MediaError(f"the playlist has more than {MAX_SEGMENTS} segments")
        before = self._segments[-1].resource if self._segments else None
        if not self._missing:
            self._segments.append(
                MediaSegment(
                    sequence=self._sequence,
                    resource=_span(url, self._range, before),
                    duration=self._duration,
                    head=self._head,
                    discontinuity=self._discontinuity,
                )
            )
        # After a segment that is said to be missing, times do not go on.
        self._discontinuity = self._missing
        self._missing = False
        self._range = ""
        self._sequence += 1


def _attributes(value: str) -> dict[str, str]:
    """An attribute list (4.2)."""
    return {found[1]: found[2] or found[3] or "" for found in ATTRIBUTE.finditer(value)}


def _span(url: str, said: str, before: Resource | None) -> Resource:
    """A byte range "size@start" (4.3.2.2); without a start it follows the one before."""
    if not said:
        return Resource(url)
    size, _, start = said.partition("@")
    if not size.strip().isdecimal() or not (start.strip() or "0").isdecimal():
        raise MediaError(f"the playlist has a byte range {said[:40]!r}; size@start is right")
    at = int(start) if start.strip() else 0
    if not start and before is not None and before.url == url and before.size is not None:
        at = before.start + before.size
    return Resource(url, at, int(size))


def _number(value: str, tag: str) -> float:
    try:
        number = float(value.strip())
    except ValueError:
        number = -1.0
    if not 0 <= number < 1 << 53:
        raise MediaError(f"the playlist says {tag}:{value[:40]}, which is no number of use")
    return number


def _is_sound(codecs: str) -> bool:
    named = [name.strip() for name in codecs.split(",") if name.strip()]
    return bool(named) and all(SOUND_ONLY.fullmatch(name) for name in named)
