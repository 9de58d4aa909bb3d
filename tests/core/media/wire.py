"""RTP as it stands on the wire, written by hand from the RFCs for tests."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SLICE, IDR = b"\x41\x9a\x11\x22\x33", b"\x65\x88\x84\x00\x33\xff"
"""The first slices of pictures: the bit behind the header says so."""
LATER_SLICE = b"\x41\x1a\x44\x55"
SEI = b"\x06\x05\x02\xaa\xbb\x80"
RECOVERY = b"\x06\x05\x02\xaa\xbb\x06\x01\xc4\x80"


def rtp(
    payload: bytes,
    sequence: int,
    timestamp: int,
    *,
    marker: bool = False,
    ssrc: int = 7,
    payload_type: int = 96,
) -> bytes:
    """RFC 3550, 5.1: version 2 and nothing optional."""
    second = payload_type | (0x80 if marker else 0)
    return struct.pack(">BBHII", 0x80, second, sequence, timestamp, ssrc) + payload


def interleaved(packets: Sequence[bytes], channel: int = 0) -> bytes:
    """RFC 2326, 10.12."""
    return b"".join(struct.pack(">cBH", b"$", channel, len(p)) + p for p in packets)


def stap_a(*nals: bytes) -> bytes:
    """RFC 6184, 5.7.1."""
    return b"\x78" + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def fu_a(nal: bytes, size: int) -> list[bytes]:
    """RFC 6184, 5.8: pieces of at most `size` bytes of content."""
    return _fragments(bytes([nal[0] & 0xE0 | 28]), nal[0] & 0x1F, nal[1:], size)


def aggregation(*nals: bytes) -> bytes:
    """RFC 7798, 4.4.2."""
    return b"\x60\x01" + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def fu(nal: bytes, size: int) -> list[bytes]:
    """RFC 7798, 4.4.3."""
    head = bytes([nal[0] & 0x81 | 49 << 1, nal[1]])
    return _fragments(head, nal[0] >> 1 & 0x3F, nal[2:], size)


def _fragments(head: bytes, kind: int, body: bytes, size: int) -> list[bytes]:
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    last = len(pieces) - 1
    return [
        head + bytes([kind | (0x80 if n == 0 else 0) | (0x40 if n == last else 0)]) + piece
        for n, piece in enumerate(pieces)
    ]


def au_headers(*frames: bytes) -> bytes:
    """RFC 3640, 3.3.6 (AAC-hbr): 13 bits of size, 3 of index, then the frames."""
    heads = b"".join(struct.pack(">H", len(frame) << 3) for frame in frames)
    return struct.pack(">H", 16 * len(frames)) + heads + b"".join(frames)


def stored(*nals: bytes) -> bytes:
    """Units as a sink gets them: each behind its length in four bytes."""
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals)


def rewritten(nal: bytes, at: int, old: str, new: str) -> bytes:
    """The unit with other bits at that bit of its unescaped form."""
    plain = nal.replace(b"\0\0\3", b"\0\0")
    bits = f"{int.from_bytes(plain, 'big'):b}".zfill(8 * len(plain))
    assert bits[at:].startswith(old)
    return nal_of(bits[:at] + new + bits[at + len(old) :])


def nal_of(bits: str) -> bytes:
    """Bits, header first, as a NAL unit: filled up with zeros and escaped (H.264 7.4.1)."""
    padded = bits.rstrip("0").ljust(-(-len(bits.rstrip("0")) // 8) * 8, "0")
    out = bytearray()
    for octet in int(padded, 2).to_bytes(len(padded) // 8, "big"):
        if octet < 4 and out[-2:] == b"\0\0":
            out.append(3)
        out.append(octet)
    return bytes(out)
