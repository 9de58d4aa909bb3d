"""RTP packets of a loop, made once; a viewer's own numbers are stamped into a copy.

A burst holds all packets of one frame as they stand in an RTSP connection (RFC 2326, 10.12: '$',
channel, length, RTP packet). Sending it to a viewer is one copy and, for each packet, one
pack_into of sequence number, timestamp and SSRC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from struct import Struct, pack

from nvr_core.simulators import payloads
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.loops import Loop, LoopSpec, Unit
from nvr_core.simulators.payloads import CODECS

FRAME_HEAD = 4
RTP_HEAD = 12
_head = Struct(">cBHBBHII").pack
_stamp = Struct(">HII").pack_into
NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, where NTP begins, to 1970."""
STATIC_TYPES = {"pcmu": 0, "pcma": 8}
"""Payload types that RFC 3551 gives; the others are announced."""
AAC_TYPE = 97
VIDEO_TYPE = 96


@dataclass(frozen=True, kw_only=True)
class PacketForm:
    """All faults that change the bytes of packets; viewers of the same form share bursts."""

    largest: int = 1400
    sets: bool = True
    marked_sei: bool = False
    annex_b: bool = False
    empty_fragments: bool = False
    sps_tail: bool = False
    scrambled: bool = False


def form_of(faults: Faults) -> PacketForm:
    """The form that a camera's faults ask for, once its parameter sets may be sent."""
    return PacketForm(
        largest=faults.datagram,
        sets=not faults.sets_only_in_sdp,
        marked_sei=faults.marked_sei,
        annex_b=faults.annex_b,
        empty_fragments=faults.empty_fragments,
        sps_tail=faults.sps_tail,
        scrambled=faults.scrambled,
    )


class Burst:
    """All packets of one frame, with zeros where a viewer's numbers go."""

    __slots__ = ("due", "key", "number", "octets", "starts", "template", "ticks")

    def __init__(self, unit: Unit, packets: Sequence[tuple[int, bytes]]) -> None:
        """packets: (second byte of the RTP header, payload) in order."""
        self.number = unit.number
        self.ticks = unit.ticks
        self.due = unit.due
        self.key = unit.key
        parts: list[bytes] = []
        starts: list[int] = []
        at = 0
        for marked_type, payload in packets:
            starts.append(at)
            size = RTP_HEAD + len(payload)
            parts += (_head(b"$", 0, size, 0x80, marked_type, 0, 0, 0), payload)
            at += FRAME_HEAD + size
        self.starts = tuple(starts)
        """Where each packet's '$' stands."""
        self.template = b"".join(parts)
        self.octets = at - len(starts) * (FRAME_HEAD + RTP_HEAD)
        """Payload bytes, as sender reports count them."""

    def stamped(self, channel: int, sequence: int, timestamp: int, ssrc: int) -> bytearray:
        """A copy with a viewer's numbers in it; sequence is that of the first packet."""
        copy = bytearray(self.template)
        for start in self.starts:
            _stamp(copy, start + 6, sequence & 0xFFFF, timestamp, ssrc)
            sequence += 1
        if channel:
            for start in self.starts:
                copy[start + 1] = channel
        return copy

    def pieces(self, packets: bytearray) -> Iterator[memoryview]:
        """The single packets of a stamped copy, each with its four bytes before it."""
        view = memoryview(packets)
        ends = (*self.starts[1:], len(packets))
        for start, end in zip(self.starts, ends, strict=True):
            yield view[start:end]


def payload_type(codec: str) -> int:
    """The RTP payload type that the simulator uses for a codec."""
    return STATIC_TYPES.get(codec, AAC_TYPE if codec == "aac" else VIDEO_TYPE)


def bursts(loop: Loop, form: PacketForm) -> tuple[Burst, ...]:
    """Every frame of a loop in packets, in the order of sending."""
    make = _video if isinstance(loop.spec, LoopSpec) else _sound
    return tuple(Burst(unit, make(loop, unit, form)) for unit in loop.units)


def _sound(loop: Loop, unit: Unit, form: PacketForm) -> list[tuple[int, bytes]]:
    (raw,) = unit.nals
    kind = payload_type(loop.spec.codec)
    if loop.spec.codec != "aac":
        return [(kind, raw)]
    # RFC 3640, 3.3.6 (AAC-hbr): 16 bits of AU headers, holding a 13 bit size and a 3 bit index.
    return [(0x80 | kind, pack(">HH", 16, len(raw) << 3) + raw)]


def _video(loop: Loop, unit: Unit, form: PacketForm) -> list[tuple[int, bytes]]:
    codec = CODECS[loop.spec.codec]
    largest = form.largest - RTP_HEAD
    nals = [payloads.scramble(codec, nal) for nal in unit.nals] if form.scrambled else unit.nals
    sets = tail_behind_sps(loop) if form.sps_tail else loop.sets
    plain: list[bytes] = []
    if form.annex_b:
        whole = payloads.run_together([*(sets if unit.key and form.sets else ()), *nals])
        plain += payloads.picture(codec, [whole], largest)
    else:
        if unit.key and form.sets:
            plain += payloads.parameter_sets(codec, sets, largest)
        if form.empty_fragments:
            for nal in nals:
                if len(nal) < 16:
                    plain.append(nal)
                    continue
                plain += payloads.fragments(codec, nal, min(largest, len(nal) // 2), empty=True)
                plain.insert(-1, b"")
        else:
            plain += payloads.picture(codec, nals, largest)
    packets = [(VIDEO_TYPE, payload) for payload in plain]
    packets[-1] = 0x80 | VIDEO_TYPE, packets[-1][1]
    if form.marked_sei:
        packets.insert(0, (0x80 | VIDEO_TYPE, codec.sei))
    return packets


def tail_behind_sps(loop: Loop) -> tuple[bytes, ...]:
    """The loop's parameter sets with bytes behind the SPS that do not belong to it (row 22)."""
    codec = CODECS[loop.spec.codec]
    return tuple(
        nal + payloads.SPS_TAIL if codec.unit_type(nal) == codec.sps_type else nal
        for nal in loop.sets
    )


def without_sets(form: PacketForm) -> PacketForm:
    """The same form while the camera holds its parameter sets back (row 8)."""
    return replace(form, sets=False)


def sender_report(ssrc: int, wall: int, timestamp: int, packets: int, octets: int) -> bytes:
    """An RTCP sender report with a CNAME (RFC 3550, 6.4.1 and 6.5); wall in µs since 1970."""
    seconds, part = divmod(wall, 1_000_000)
    name = b"ronda"
    chunk = pack(">IBB", ssrc, 1, len(name)) + name + b"\0"
    chunk += bytes(-len(chunk) % 4)
    return (
        pack(
            ">BBHIIIIII",
            0x80,
            200,
            6,
            ssrc,
            (seconds + NTP_EPOCH) & 0xFFFFFFFF,
            (part << 32) // 1_000_000,
            timestamp & 0xFFFFFFFF,
            packets & 0xFFFFFFFF,
            octets & 0xFFFFFFFF,
        )
        + pack(">BBH", 0x81, 202, len(chunk) // 4)
        + chunk
    )


def interleaved(channel: int, packet: bytes) -> bytes:
    """One packet as it stands in an RTSP connection."""
    return pack(">cBH", b"$", channel, len(packet)) + packet
