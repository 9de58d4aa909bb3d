"""However TCP cuts a stream, the same frames come out of it."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.media import depacketize, rtsp
from nvr_core.media.interleaved import StreamReader
from nvr_core.media.rtp import Receiver
from nvr_core.media.sdp import MediaDescription
from tests.core.media.encoded import sound
from tests.core.media.sinks import Payload, Remembered, described, expected, sent
from tests.core.media.streams import encode
from tests.core.media.wire import au_headers, interleaved, rtp

GOPS = "keyint=6:min-keyint=6:scenecut=0:bframes=2:b-adapt=0"
MEDIA: dict[str, MediaDescription] = {
    "H264": described("H264"),
    "H265": described("H265"),
    "AAC": MediaDescription(
        kind="audio",
        payload_type=96,
        encoding="MPEG4-GENERIC",
        clock_rate=16000,
        fmtp={"config": "1408", "mode": "AAC-hbr"},
    ),
    "G711": MediaDescription(kind="audio", payload_type=96, encoding="PCMA", clock_rate=8000),
}


def payloads(name: str) -> list[Payload]:
    if name == "H264":
        return sent(encode(params=GOPS), 90)
    if name == "H265":
        return sent(encode("libx265", preset="ultrafast", params=GOPS), 90)
    if name == "AAC":
        frames = sound("aac").frames[:20]
        return [(frame.pts, au_headers(frame.data), True) for frame in frames]
    return [(160 * n, bytes([n]) * 160, False) for n in range(20)]


@cache
def octets(name: str) -> bytes:
    """Packets of one track, some of a ghost's, reports and answers between them."""
    stream = bytearray()
    for number, (timestamp, payload, marker) in enumerate(payloads(name)):
        stream += interleaved([rtp(payload, number, timestamp, marker=marker)])
        if number % 7 == 3:
            stream += interleaved([rtp(payload, 7 * number, 5, ssrc=99)], channel=6)
        if number % 11 == 5:
            stream += rtsp.build_response(200, headers={"CSeq": str(number)}, body=b"$\0\0\4x")
        if number % 13 == 8:
            stream += b"\r\n"
    return bytes(stream)


def run(name: str, counts: list[int]) -> Remembered:
    """The stream in pieces of these sizes, again and again until it ends."""
    sink = Remembered()
    receiver = Receiver(depacketize.create(MEDIA[name], sink), 96)
    answers: list[Any] = []
    reader = StreamReader(lambda *_: None, answers.append)
    reader.receivers[0] = receiver.packet
    stream = octets(name)
    at = turn = 0
    while at < len(stream):
        view = reader.get_buffer(-1)
        count = min(counts[turn % len(counts)], len(view), len(stream) - at)
        view[:count] = stream[at : at + count]
        reader.buffer_updated(count)
        at += count
        turn += 1
    assert len(answers) == stream.count(b"RTSP/1.0 200")
    assert (receiver.lost, receiver.ignored) == (0, 0)
    return sink


@pytest.mark.parametrize("name", MEDIA)
def test_every_split_gives_the_same_frames(name: str) -> None:
    whole = run(name, [1 << 20])
    assert len(whole.frames) >= 12

    @given(st.lists(st.integers(1, 3000), min_size=1, max_size=30))
    @settings(max_examples=30, deadline=None)
    def holds(counts: list[int]) -> None:
        assert run(name, counts).all == whole.all

    holds()


@pytest.mark.parametrize("name", MEDIA)
def test_byte_by_byte_gives_the_same_frames(name: str) -> None:
    assert run(name, [1]).all == run(name, [1 << 20]).all


def test_the_frames_are_the_encoders() -> None:
    stream = encode(params=GOPS)
    assert run("H264", [1400]).frames == expected(stream)


@given(st.integers(0, 2**32 - 1), st.integers(0, 65535), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_where_numbers_start_makes_no_difference(
    first: int, number: int, chance: random.Random
) -> None:
    """Nor does the size of the pieces that the encoder's units are cut into."""
    stream = encode(params=GOPS)
    sink = Remembered()
    receiver = Receiver(depacketize.create(described("H264"), sink), 96)
    for timestamp, payload, marker in sent(stream, chance.choice((25, 90, 1400))):
        packet = rtp(payload, number & 0xFFFF, (first + timestamp) % 2**32, marker=marker)
        receiver.packet(packet, 0, len(packet))
        number += 1
    wanted = expected(stream)
    start = sink.frames[0].pts
    assert [frame._replace(pts=frame.pts - start) for frame in sink.frames] == [
        frame._replace(pts=frame.pts - wanted[0].pts) for frame in wanted
    ]
