"""What stands in the RTSP header fields that a recorder reads (RFC 2326, 12)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_TIMEOUT = 60
"""Seconds a session lives without a sign of life when the camera does not say (12.37)."""

LONGEST_TIMEOUT = 86400


@dataclass(frozen=True, kw_only=True)
class Transport:
    """How the packets of one track travel (12.39)."""

    tcp: bool = False
    """Interleaved in the RTSP connection; else UDP."""
    interleaved: tuple[int, int] | None = None
    """Channels of RTP and RTCP: the camera's answer counts, not what was asked for."""
    client_port: tuple[int, int] | None = None
    server_port: tuple[int, int] | None = None
    ssrc: int | None = None
    """As the camera announces it, which is often wrong."""
    source: str = ""
    """Address that UDP packets come from, when it is not the camera's own."""
    destination: str = ""
    unicast: bool = True


@dataclass(frozen=True, kw_only=True)
class RtpInfo:
    """Where a track starts (12.33). None for what is missing or cannot be true."""

    url: str
    sequence: int | None = None
    timestamp: int | None = None


def whole_number(text: str, low: int, high: int) -> int | None:
    """The decimal number in text, or None when it is none or not within low..high."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        return None
    number = int(text)
    return number if low <= number <= high else None


def parse_transport(value: str) -> Transport:
    """Read a Transport header; of several alternatives the first. What is odd is left out."""
    parts = [part.strip() for part in value.split(",")[0].split(";")]
    fields: dict[str, str] = {}
    for part in parts[1:]:
        name, _, text = part.partition("=")
        fields.setdefault(name.strip().lower(), text.strip().strip('"'))
    interleaved = _pair(fields.get("interleaved", ""), 255)
    ssrc = fields.get("ssrc", "")
    return Transport(
        tcp=parts[0].upper().endswith("/TCP") or interleaved is not None,
        interleaved=interleaved,
        client_port=_pair(fields.get("client_port", ""), 65535),
        server_port=_pair(fields.get("server_port", ""), 65535),
        ssrc=int(ssrc, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", ssrc) else None,
        source=fields.get("source", ""),
        destination=fields.get("destination", ""),
        unicast="multicast" not in fields,
    )


def _pair(text: str, highest: int) -> tuple[int, int] | None:
    """'4-5', or '4' alone, which means the next number for RTCP."""
    first, _, second = text.partition("-")
    low = whole_number(first, 0, highest)
    if low is None:
        return None
    high = whole_number(second, 0, highest)
    return low, min(low + 1, highest) if high is None else high


def parse_session(value: str) -> tuple[str, int]:
    """Session id and seconds until the camera forgets it: '8A3F;timeout=30' is ('8A3F', 30).

    Control characters are left out of the id: it goes into every request from then on.
    """
    name, *parameters = re.sub(r"[\x00-\x1f\x7f]", "", value).split(";")
    for parameter in parameters:
        key, _, text = parameter.partition("=")
        if key.strip().lower() == "timeout":
            timeout = whole_number(text, 1, LONGEST_TIMEOUT)
            return name.strip(), DEFAULT_TIMEOUT if timeout is None else timeout
    return name.strip(), DEFAULT_TIMEOUT


def parse_methods(values: Iterable[str]) -> frozenset[str]:
    """Methods of Public (or Allow) headers in capitals: says which keepalive may be sent."""
    words = (word.strip().upper() for value in values for word in value.split(","))
    return frozenset(word for word in words if word)


def parse_rtp_info(value: str) -> tuple[RtpInfo, ...]:
    """Read an RTP-Info header; numbers outside their range are None (cameras send both)."""
    found: list[RtpInfo] = []
    # A URL may hold commas and semicolons of its own: an entry starts at 'url=' only.
    for entry in re.split(r",(?=\s*url\s*=)", value, flags=re.IGNORECASE):
        named = re.match(r"\s*url\s*=\s*(.*)", entry, re.IGNORECASE | re.DOTALL)
        rest = named[1] if named else entry
        sequence = re.search(r";\s*seq\s*=\s*([^;,]*)", ";" + rest, re.IGNORECASE)
        timestamp = re.search(r";\s*rtptime\s*=\s*([^;,]*)", ";" + rest, re.IGNORECASE)
        url = re.split(r";\s*(?:seq|rtptime|ssrc)\s*=", rest, flags=re.IGNORECASE)[0]
        info = RtpInfo(
            url=url.strip().strip('"') if named else "",
            sequence=whole_number(sequence[1], 0, 0xFFFF) if sequence else None,
            timestamp=whole_number(timestamp[1], 0, 0xFFFFFFFF) if timestamp else None,
        )
        if info != RtpInfo(url=""):
            found.append(info)
    return tuple(found)
