"""A sink that remembers, and ways of feeding a depacketizer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nvr_core.media import depacketize
from nvr_core.media.rtp import WRAP, Receiver
from nvr_core.media.sdp import MediaDescription
from nvr_core.media.track import Depacketizer, TrackConfig
from tests.core.media.streams import Stream, Unit
from tests.core.media.wire import aggregation, fu, fu_a, rtp, stap_a

Payload = tuple[int, bytes, bool]
"""(RTP timestamp, payload, marker)."""


class Given(NamedTuple):
    pts: int
    """Since the first RTP timestamp of 0."""
    key: bool
    data: bytes
    damaged: bool


class Remembered:
    """What a sink was given: configs and frames, each in order, and both together."""

    def __init__(self) -> None:
        self.configs: list[TrackConfig] = []
        self.frames: list[Given] = []
        self.all: list[TrackConfig | Given] = []

    def configure(self, config: TrackConfig) -> None:
        self.configs.append(config)
        self.all.append(config)

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        given = Given(pts - WRAP, key, bytes(data), damaged)
        self.frames.append(given)
        self.all.append(given)


def described(encoding: str, fmtp: Mapping[str, str] | None = None) -> MediaDescription:
    """A video track as an SDP would describe it."""
    return MediaDescription(
        kind="video", payload_type=96, encoding=encoding, clock_rate=90000, fmtp=fmtp or {}
    )


def begin(media: MediaDescription) -> tuple[Remembered, Depacketizer]:
    sink = Remembered()
    return sink, depacketize.create(media, sink)


def feed(
    media: MediaDescription, payloads: Iterable[Payload], missing: Iterable[int] = ()
) -> Remembered:
    """Send payloads with consecutive numbers, but for the missing ones, and flush."""
    sink, depacketizer = begin(media)
    receiver = Receiver(depacketizer, media.payload_type)
    gone = set(missing)
    for number, (timestamp, payload, marker) in enumerate(payloads):
        if number not in gone:
            packet = rtp(payload, number & 0xFFFF, timestamp % WRAP, marker=marker)
            receiver.packet(packet, 0, len(packet))
    depacketizer.flush()
    return sink


def payloads(stream: Stream, unit: Unit, size: int, *, sets: bool = True) -> list[bytes]:
    """An access unit as a proper camera sends it: sets together, large units in pieces."""
    together, pieces = (stap_a, fu_a) if stream.h264 else (aggregation, fu)
    made = [together(*stream.sets)] if unit.key and sets else []
    for nal in unit.nals:
        made += [nal] if len(nal) <= size else pieces(nal, size)
    return made


def sent(stream: Stream, size: int, *, sets: bool = True, marked: bool = True) -> list[Payload]:
    """A whole stream of payloads."""
    made: list[Payload] = []
    for unit in stream.units:
        parts = payloads(stream, unit, size, sets=sets)
        made += [(unit.pts, part, marked and n == len(parts) - 1) for n, part in enumerate(parts)]
    return made


def expected(stream: Stream) -> list[Given]:
    return [Given(unit.pts, unit.key, unit.stored, False) for unit in stream.units]
