"""The reports beside RTP: what clock the camera believes in, and what we received (RFC 3550, 6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nvr_core.media.rtp import Receiver

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, GOODBYE = 200, 201, 202, 203

NTP_TO_UNIX = 2_208_988_800
"""Seconds from 1900-01-01 to 1970-01-01."""

OURS = 0x526F6E64
"""Our SSRC in reports; nobody else sends on these channels."""

_unpack_head = struct.Struct(">BBH").unpack_from
_unpack_sender = struct.Struct(">IIII").unpack_from
_pack_report = struct.Struct(">BBHIIIIIII").pack


@dataclass(frozen=True, kw_only=True)
class SenderReport:
    """One moment on the camera's clock and on its RTP line."""

    ssrc: int
    ntp: int
    """The camera's wall clock, µs since 1970; far off or negative when nobody set that clock."""
    rtp: int
    """The same moment in 32-bit RTP ticks; Unwrapper.near puts it on the track's line."""


def parse(buf: bytes | bytearray, start: int, end: int) -> SenderReport | None:
    """The first sender report in the compound packet buf[start:end], None when there is none."""
    for kind, at, after in _packets(buf, start, end):
        if kind == SENDER_REPORT and after - at >= 24:
            ssrc, seconds, fraction, rtp = _unpack_sender(buf, at + 4)
            micros = (seconds - NTP_TO_UNIX) * 1_000_000 + (fraction * 1_000_000 >> 32)
            return SenderReport(ssrc=ssrc, ntp=micros, rtp=rtp)
    return None


def says_goodbye(buf: bytes | bytearray, start: int, end: int) -> bool:
    """True when the camera ends the stream by itself (BYE, 6.6)."""
    return any(kind == GOODBYE for kind, _, _ in _packets(buf, start, end))


def _packets(buf: bytes | bytearray, start: int, end: int) -> list[tuple[int, int, int]]:
    """(type, start, end) of each packet in a compound one, up to the first broken one."""
    found: list[tuple[int, int, int]] = []
    while end - start >= 4:
        first, kind, words = _unpack_head(buf, start)
        after = start + 4 + 4 * words
        if first >> 6 != 2 or after > end:
            break
        found.append((kind, start, after))
        start = after
    return found


def receiver_report(receiver: Receiver) -> bytes:
    """What to tell a camera now and then, so that it goes on sending (6.4.2, 6.5).

    Counts are true; jitter and round trip are left at 0, because nothing here needs them.
    """
    name = b"ronda"
    # SDES: one chunk, CNAME, ended by a zero byte and padded to four.
    chunk = struct.pack(">IBB", OURS, 1, len(name)) + name
    chunk += bytes(4 - len(chunk) % 4)
    description = struct.pack(">BBH", 0x81, DESCRIPTION, len(chunk) // 4) + chunk
    if receiver.ssrc < 0:
        return struct.pack(">BBHI", 0x80, RECEIVER_REPORT, 1, OURS) + description
    report = _pack_report(
        0x81,
        RECEIVER_REPORT,
        7,
        OURS,
        receiver.ssrc,
        min(receiver.lost, 0x7FFFFF),
        receiver.sequence.highest,
        0,
        0,
        0,
    )
    return report + description
