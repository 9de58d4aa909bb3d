"""No bytes from outside raise anything but the package's own error, and no amount of them grows."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.media import aac, depacketize, digest, g711, h264, h265, rtcp, rtsp, sdp
from nvr_core.media.errors import MediaError
from nvr_core.media.interleaved import StreamReader
from nvr_core.media.rtp import Receiver, Reorder
from nvr_core.media.sdp import MediaDescription
from tests.core.media.sinks import Remembered, described, payloads
from tests.core.media.streams import encode
from tests.core.media.wire import au_headers, rtp

H264 = encode()
H265 = encode("libx265", preset="ultrafast")
AAC = MediaDescription(
    kind="audio",
    payload_type=96,
    encoding="MPEG4-GENERIC",
    clock_rate=16000,
    fmtp={"mode": "AAC-hbr", "config": "1408"},
)


def near(good: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Noise, and good bytes with a few of them changed, cut or added."""

    @st.composite
    def damaged(draw: st.DrawFn) -> bytes:
        octets = bytearray(draw(st.sampled_from(good)))
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(octets)))
            octets[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
        return bytes(octets[: draw(st.integers(0, len(octets)))] if draw(st.booleans()) else octets)

    return st.one_of(st.binary(max_size=120), damaged())


HEAD = b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nContent-Length: 3\r\nTransport: a;interleaved=0-1"
LINES = (
    b"v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 a=b;sprop-sps=x\r\n"
    b"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\na=fmtp:97 config=1408\r\n"
)


@given(near([HEAD, b"OPTIONS rtsp://a RTSP/1.0\r\nA: b"]))
def test_rtsp_messages(head: bytes) -> None:
    with contextlib.suppress(MediaError):
        rtsp.body_size(head)
    with contextlib.suppress(MediaError):
        rtsp.parse_message(head, b"")


@given(near([LINES]))
def test_descriptions(body: bytes) -> None:
    for media in sdp.parse(body).media:
        sdp.control_url("rtsp://cam/a?b", "rtsp://cam/", media.control, media.control)
        with contextlib.suppress(MediaError):
            depacketize.create(media, Remembered())


FIELDS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet='digestDBasc =",;:/-0123456789\\realmnonceurlqptimeinterleaved', max_size=80),
)


@given(FIELDS, FIELDS)
def test_header_fields(value: str, other: str) -> None:
    rtsp.parse_transport(value)
    rtsp.parse_session(value)
    rtsp.parse_rtp_info(value)
    rtsp.parse_methods([value, other])
    sdp.control_url(value, other, value, other)
    login = digest.Authorizer(value, other)
    if login.challenged([value, f'Digest realm="{value}", nonce="{other}"']):
        login.header("PLAY", value)
    digest.verify(value, other, users={value: other}, realm=value, nonce=other)
    digest.verify("Digest " + value, other, users={value: other}, realm=value, nonce=other)


@pytest.mark.parametrize(
    ("read", "good"),
    [
        (h264.parse_sps, H264.sets),
        (h264.parse_pps, H264.sets),
        (h264.trim, H264.sets),
        (h265.parse_vps, H265.sets),
        (h265.parse_sps, H265.sets),
        (h265.parse_pps, H265.sets),
        (aac.config, (bytes.fromhex("1408"), bytes.fromhex("2b098800"))),
    ],
)
def test_parameter_sets(read: Callable[[bytes], Any], good: tuple[bytes, ...]) -> None:
    @given(near(good))
    @settings(max_examples=200)
    def holds(octets: bytes) -> None:
        with contextlib.suppress(MediaError):
            read(octets)

    holds()


@given(near(H264.sets), near(H264.sets))
def test_h264_configs(sps: bytes, pps: bytes) -> None:
    with contextlib.suppress(MediaError):
        h264.config(sps, pps)


@given(near(H265.sets), near(H265.sets), near(H265.sets))
def test_h265_configs(vps: bytes, sps: bytes, pps: bytes) -> None:
    with contextlib.suppress(MediaError):
        h265.config(vps, sps, pps)


@given(st.integers(-(2**40), 2**40), st.integers(-10, 300))
def test_g711_configs(rate: int, channels: int) -> None:
    with contextlib.suppress(MediaError):
        g711.config("pcma", rate, channels)


def pieces(media: MediaDescription) -> list[bytes]:
    """Good payloads to start from."""
    if media.encoding == "MPEG4-GENERIC":
        return [au_headers(b"\1" * 20), au_headers(b"\1" * 9, b"\2" * 8)]
    stream = H264 if media.encoding == "H264" else H265
    return [part for unit in stream.units[:3] for part in payloads(stream, unit, 60)][:40]


@pytest.mark.parametrize(
    "media",
    [described("H264"), described("H265"), AAC, MediaDescription(kind="audio", encoding="PCMU")],
    ids=["H264", "H265", "AAC", "G711"],
)
def test_payloads(media: MediaDescription) -> None:
    good = pieces(media) if media.encoding != "PCMU" else [b"\0"]
    sent = st.lists(
        st.tuples(near(good), st.integers(0, 3), st.booleans(), st.booleans()), max_size=30
    )

    @given(sent)
    @settings(max_examples=200, deadline=None)
    def holds(packets: list[tuple[bytes, int, bool, bool]]) -> None:
        sink = Remembered()
        depacketizer = depacketize.create(media, sink)
        total = 0
        for payload, timestamp, marker, lost in packets:
            around = b"\x7c\x85" + payload + b"\xff" * 4
            depacketizer.packet(around, 2, 2 + len(payload), timestamp, marker, lost)
            total += len(payload)
        depacketizer.flush()
        assert not sink.frames or sink.configs
        # Four bytes of length stand for at least two of payload, one of them a header.
        assert sum(len(frame.data) for frame in sink.frames) <= 5 * total
        for frame in sink.frames:
            if media.kind == "video":
                at = 0
                while at < len(frame.data):
                    at += 4 + int.from_bytes(frame.data[at : at + 4], "big")
                assert at == len(frame.data)

    holds()


@given(st.lists(near([rtp(b"\x65\x88\x80", 1, 2), rtp(b"", 65535, 2, marker=True)]), max_size=20))
def test_rtp_and_rtcp_packets(packets: list[bytes]) -> None:
    receiver = Receiver(depacketize.create(described("H264"), Remembered()), 96)
    reorder = Reorder(4)
    for packet in packets:
        receiver.packet(packet, 0, len(packet))
        for ordered in reorder.push(packet):
            receiver.packet(bytearray(ordered), 0, len(ordered))
        rtcp.parse(packet, 0, len(packet))
    assert len(rtcp.receiver_report(receiver)) % 4 == 0


@given(st.lists(near([HEAD + b"\r\n\r\nabc", b"$\0\0\4abcd", b"\r\n"]), max_size=8))
def test_streams(chunks: list[bytes]) -> None:
    reader = StreamReader(lambda *_: None, lambda _: None)
    with contextlib.suppress(MediaError):
        for chunk in chunks:
            reader.get_buffer(-1)[: len(chunk)] = chunk
            reader.buffer_updated(len(chunk))


@pytest.mark.parametrize("codec", ["H264", "H265"])
def test_a_unit_of_nothing_but_start_codes_stays_small(codec: str) -> None:
    """Megabytes of start codes must not become a million pieces."""
    sink = Remembered()
    depacketizer = depacketize.create(described(codec), sink)
    head = b"\x7c" if codec == "H264" else b"\x62\x01"
    noise = b"\0\0\1|\1" * 12_000
    tracemalloc.start()
    try:
        for number in range(40):
            flag = b"\x81" if number == 0 else b"\x41" if number == 39 else b"\x01"
            packet = head + flag + noise
            depacketizer.packet(packet, 0, len(packet), 0, number == 39, False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * 40 * len(noise)
    assert sink.frames == []


def spent(filler: bytes) -> float:
    """Least processor time for a slice of 15 MiB made of this byte, in 256 packets."""
    times = []
    for _ in range(5):
        sink = Remembered()
        depacketizer = depacketize.create(described("H264"), sink)
        begun = time.process_time()
        for number in range(256):
            flag = b"\x81" if number == 0 else b"\x41" if number == 255 else b"\x01"
            packet = b"\x7c" + flag + filler * 60_000
            depacketizer.packet(packet, 0, len(packet), 0, number == 255, False)
        times.append(time.process_time() - begun)
        assert sink.frames == []
    return min(times)


def test_the_search_through_zero_bytes_is_linear() -> None:
    """A start code may begin at each zero byte. As many bytes of which none can begin one set the
    pace, so that caches weigh alike; a search begun anew in every packet would pass over 128 times
    as many."""
    assert spent(b"\0") < 16 * spent(b"\xab")
