"""NAL units to RTP payloads: H.264 (RFC 6184), H.265 (RFC 7798), with the field's mistakes.

Small units travel alone, parameter sets together (STAP-A, AP), large units in fragments (FU-A,
FU). A payload is everything after the 12-byte RTP header.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from struct import pack

START_CODE = b"\0\0\0\1"
SPS_TAIL = b"\xaa\x55\x01"
"""What stands behind the SPS of cameras that send more than the SPS (row 22)."""


class H264:
    """RFC 6184, packetization mode 1."""

    header = 1
    sei = bytes((6, 5, 18)) + bytes(range(16)) + b"\x2a\x2a\x80"
    """SEI of user data (payload type 5): 16 bytes that name it and two of content."""
    sps_type = 7

    @staticmethod
    def unit_type(nal: bytes) -> int:
        return nal[0] & 0x1F

    @staticmethod
    def together(nals: Sequence[bytes]) -> bytes:
        """STAP-A, 5.7.1."""
        reference = max(nal[0] & 0x60 for nal in nals)
        return bytes((reference | 24,)) + b"".join(pack(">H", len(nal)) + nal for nal in nals)

    @staticmethod
    def fragment_head(nal: bytes, first: bool, last: bool) -> bytes:
        """FU-A indicator and header, 5.8."""
        return bytes((nal[0] & 0xE0 | 28, first << 7 | last << 6 | nal[0] & 0x1F))


class H265:
    """RFC 7798, without decoding order numbers."""

    header = 2
    sei = bytes((39 << 1, 1, 5, 18)) + bytes(range(16)) + b"\x2a\x2a\x80"
    sps_type = 33

    @staticmethod
    def unit_type(nal: bytes) -> int:
        return nal[0] >> 1 & 0x3F

    @staticmethod
    def together(nals: Sequence[bytes]) -> bytes:
        """Aggregation packet, 4.4.2."""
        return bytes((48 << 1, 1)) + b"".join(pack(">H", len(nal)) + nal for nal in nals)

    @staticmethod
    def fragment_head(nal: bytes, first: bool, last: bool) -> bytes:
        """Fragmentation unit: payload header and FU header, 4.4.3."""
        kind = nal[0] >> 1 & 0x3F
        return bytes((nal[0] & 0x81 | 49 << 1, nal[1], first << 7 | last << 6 | kind))


Codec = type[H264] | type[H265]
CODECS: dict[str, Codec] = {"h264": H264, "h265": H265}


def picture(codec: Codec, nals: Sequence[bytes], largest: int) -> Iterator[bytes]:
    """The payloads of units that are sent one by one, each at most `largest` bytes."""
    for nal in nals:
        if len(nal) <= largest:
            yield nal
        else:
            yield from fragments(codec, nal, largest)


def fragments(codec: Codec, nal: bytes, largest: int, empty: bool = False) -> Iterator[bytes]:
    """One unit in pieces of at most `largest` bytes; empty puts one without content inside."""
    body = memoryview(nal)[codec.header :]
    room = largest - len(codec.fragment_head(nal, True, False))
    starts = range(0, len(body), room)
    for start in starts:
        head = codec.fragment_head(nal, start == 0, start == starts[-1] and len(starts) > 1)
        yield head + body[start : start + room]
        if empty and start == 0:
            yield codec.fragment_head(nal, False, False)


def parameter_sets(codec: Codec, sets: Sequence[bytes], largest: int) -> Iterator[bytes]:
    """Parameter sets in one payload where they fit."""
    whole = codec.together(sets)
    if len(whole) <= largest:
        yield whole
    else:
        yield from picture(codec, sets, largest)


def run_together(nals: Sequence[bytes]) -> bytes:
    """Row 22: units in one, separated by start codes as in a file (annex B)."""
    return START_CODE.join(nals)


def scramble(codec: Codec, nal: bytes) -> bytes:
    """A unit of the same type and size whose content is noise, always the same for the same unit.

    Bytes are drawn from 1 to 255, so that no start code appears in them.
    """
    noise = Random(len(nal))  # noqa: S311 - a series that can be repeated is what is wanted
    body = bytes(noise.randrange(1, 256) for _ in range(len(nal) - codec.header))
    return nal[: codec.header] + body
