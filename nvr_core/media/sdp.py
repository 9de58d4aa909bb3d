"""What a camera says that it can send (SDP, RFC 8866), read as forgivingly as cameras need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nvr_core.media.control import control_url
from nvr_core.media.errors import MediaError
from nvr_core.media.rtsp_fields import whole_number

__all__ = ["MediaDescription", "SessionDescription", "control_url", "parse"]

LIMIT = 65536
"""Bytes a description may have."""

MEDIA_LIMIT = 32
"""Tracks that are looked at; a box with more is describing something else."""

STATIC: dict[int, tuple[str, int, int]] = {
    0: ("PCMU", 8000, 1),
    3: ("GSM", 8000, 1),
    4: ("G723", 8000, 1),
    8: ("PCMA", 8000, 1),
    9: ("G722", 8000, 1),
    10: ("L16", 44100, 2),
    11: ("L16", 44100, 1),
    14: ("MPA", 90000, 1),
    18: ("G729", 8000, 1),
    26: ("JPEG", 90000, 0),
    31: ("H261", 90000, 0),
    32: ("MPV", 90000, 0),
    33: ("MP2T", 90000, 0),
    34: ("H263", 90000, 0),
}
"""Payload types that need no rtpmap: encoding, clock rate, channels (RFC 3551, 6)."""


@dataclass(frozen=True, kw_only=True)
class MediaDescription:
    """One track on offer."""

    kind: str
    """video, audio, or what else stands after m= (application)."""
    payload_type: int = -1
    """RTP payload type, -1 when the camera names none."""
    encoding: str = ""
    """In capitals: H264, H265, MPEG4-GENERIC, PCMA. Empty when nothing tells."""
    clock_rate: int = 0
    channels: int = 0
    """0 for video."""
    fmtp: Mapping[str, str] = field(default_factory=dict)
    """Format parameters, names in small letters."""
    control: str = ""
    direction: str = ""
    """sendrecv, sendonly, recvonly or inactive as written; empty when not said."""
    port: int = 0


@dataclass(frozen=True, kw_only=True)
class SessionDescription:
    """A whole description."""

    media: tuple[MediaDescription, ...]
    control: str = ""
    """Where PLAY goes, '*' or empty for the address itself."""
    name: str = ""
    tool: str = ""


class _Section:
    """The lines that belong to one m= line."""

    def __init__(self, value: str) -> None:
        words = value.split()
        self.kind = words[0].lower() if words else ""
        protocol = next((i for i, word in enumerate(words) if "RTP/" in word.upper()), 2)
        self.formats = words[protocol + 1 :]
        port = words[1].split("/")[0] if len(words) > 1 else ""
        self.port = whole_number(port, 0, 65535) or 0
        self.maps: dict[int, str] = {}
        self.parameters: dict[int, dict[str, str]] = {}
        self.control = ""
        self.direction = ""
        self.first_format = next(
            (n for n in (whole_number(word, 0, 127) for word in self.formats) if n is not None), -1
        )

    @property
    def payload_type(self) -> int:
        """As the m= line says, unless only the rtpmap names one that makes sense."""
        first = self.first_format
        if first in self.maps or first in STATIC or len(self.maps) != 1:
            return first
        return next(iter(self.maps))


def parse(body: bytes) -> SessionDescription:
    """Read a description. Raises MediaError over 64 KiB; everything odd is passed over.

    Forgiven: repeated or missing s=, o= and c= lines, m= lines without a port or with words for
    formats, tracks without rtpmap, an fmtp under the wrong track, any line ends and blanks.
    """
    if len(body) > LIMIT:
        raise MediaError(f"a session description of {len(body)} bytes; {LIMIT} is the limit")
    session: dict[str, str] = {}
    sections: list[_Section] = []
    for line in body.decode("utf-8", "replace").replace("\r", "\n").split("\n"):
        key, equals, value = line.strip(" \t\0").partition("=")
        key, value = key.strip().lower(), value.strip()
        if not equals:
            continue
        if key == "m" and len(sections) < MEDIA_LIMIT:
            sections.append(_Section(value))
        elif key == "a" and sections:
            _attribute(sections[-1], value)
        elif key == "a":
            name, _, text = value.partition(":")
            session.setdefault(name.strip().lower(), text.strip())
        elif key == "s" and value:
            session.setdefault("s=", value)
    return SessionDescription(
        media=tuple(_media(section, sections) for section in sections),
        control=session.get("control", ""),
        name=session.get("s=", ""),
        tool=session.get("tool", ""),
    )


def _attribute(section: _Section, value: str) -> None:
    name, _, text = value.partition(":")
    name, text = name.strip().lower(), text.strip()
    if name in ("rtpmap", "fmtp"):
        words = text.split(None, 1)
        number = whole_number(words[0], 0, 127) if words else None
        if number is None or len(words) < 2:
            return
        if name == "rtpmap":
            section.maps.setdefault(number, words[1])
        else:
            section.parameters.setdefault(number, {}).update(_parameters(words[1]))
    elif name == "control":
        section.control = section.control or text
    elif name in ("sendrecv", "sendonly", "recvonly", "inactive"):
        section.direction = name


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _media(section: _Section, sections: list[_Section]) -> MediaDescription:
    number = section.payload_type
    parameters = _own_parameters(section, number, sections)
    encoding, clock_rate, channels = STATIC.get(number, ("", 0, 0))
    if number in section.maps:
        words = [word.strip() for word in section.maps[number].split("/")]
        encoding = words[0].upper()
        clock_rate = _positive(words[1] if len(words) > 1 else "") or clock_rate
        channels = _positive(words[2] if len(words) > 2 else "")
    elif not encoding:
        encoding = _guess(section.kind, parameters)
    if section.kind == "video":
        clock_rate, channels = clock_rate or 90000, 0
    elif section.kind == "audio":
        channels = channels or 1
    return MediaDescription(
        kind=section.kind,
        payload_type=number,
        encoding=encoding,
        clock_rate=clock_rate,
        channels=channels,
        fmtp=parameters,
        control=section.control,
        direction=section.direction,
        port=section.port,
    )


def _own_parameters(section: _Section, number: int, sections: list[_Section]) -> dict[str, str]:
    """The fmtp of this track, also when it stands under another one or names no track."""
    if number in section.parameters:
        return section.parameters[number]
    for other in sections:
        if other is not section and number in other.parameters and other.payload_type != number:
            return other.parameters[number]
    known = {other.payload_type for other in sections}
    strays = [found for stray, found in section.parameters.items() if stray not in known]
    return strays[0] if len(strays) == 1 else {}


def _guess(kind: str, parameters: Mapping[str, str]) -> str:
    """The encoding of a track without rtpmap, by parameters that only one encoding has."""
    if kind == "video" and "sprop-parameter-sets" in parameters:
        return "H264"
    if kind == "video" and "sprop-sps" in parameters:
        return "H265"
    if kind == "audio" and "config" in parameters and "mode" in parameters:
        return "MPEG4-GENERIC"
    return ""


def _positive(text: str) -> int:
    return whole_number(text, 1, 10_000_000) or 0
