"""One TCP stream of packets and messages: every cut of it, every mess in it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media import rtsp
from nvr_core.media.errors import MediaError
from nvr_core.media.interleaved import SMALLEST, StreamReader


class Heard:
    """A reader and what came out of it, in order."""

    def __init__(self, capacity: int = 262144) -> None:
        self.all: list[tuple[int, bytes] | rtsp.Request | rtsp.Response] = []
        self.reader = StreamReader(self.packet, self.all.append, bytearray(capacity))

    def packet(self, channel: int, buffer: bytearray, start: int, end: int) -> None:
        self.all.append((channel, bytes(buffer[start:end])))

    def feed(self, octets: bytes, most: int = 1 << 30) -> None:
        at = 0
        while at < len(octets):
            view = self.reader.get_buffer(-1)
            count = min(len(view), len(octets) - at, most)
            assert count
            view[:count] = octets[at : at + count]
            self.reader.buffer_updated(count)
            at += count


def packet(channel: int, body: bytes) -> bytes:
    return b"$" + bytes([channel]) + len(body).to_bytes(2, "big") + body


ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nContent-Length: 5\r\n\r\nv=0\r\n"
BARE = b"RTSP/1.0 200 OK\nCSeq: 5\n\n"
REQUEST = b"OPTIONS rtsp://cam/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"


def test_packets_and_messages_come_in_order() -> None:
    heard = Heard()
    heard.feed(packet(0, b"one") + ANSWER + packet(1, b"") + BARE + REQUEST + packet(7, b"$$$$"))
    assert [item if isinstance(item, tuple) else type(item) for item in heard.all] == [
        (0, b"one"),
        rtsp.Response,
        (1, b""),
        rtsp.Response,
        rtsp.Request,
        (7, b"$$$$"),
    ]
    answer = heard.all[1]
    assert isinstance(answer, rtsp.Response)
    assert answer.body == b"v=0\r\n"


def test_row_12_packets_before_the_answer_to_play_are_told_by_channel() -> None:
    heard = Heard()
    straight: list[bytes] = []
    heard.reader.receivers[2] = lambda buffer, start, end: straight.append(bytes(buffer[start:end]))
    heard.feed(packet(2, b"ours") + packet(9, b"a ghost's") + ANSWER + packet(2, b"more"))
    assert straight == [b"ours", b"more"]
    assert heard.all[0] == (9, b"a ghost's")
    assert isinstance(heard.all[1], rtsp.Response)


def test_row_20_empty_lines_and_padding_between_messages_are_passed_over() -> None:
    heard = Heard()
    heard.feed(b"\r\n\r\n" + ANSWER + b"\0\r\n " + packet(0, b"x") + b"\n" + REQUEST)
    assert len(heard.all) == 3


PIECES = st.one_of(
    st.tuples(st.integers(0, 255), st.binary(max_size=40)).map(lambda p: packet(*p)),
    st.sampled_from([ANSWER, BARE, REQUEST, b"\r\n", packet(0, bytes(3000))]),
)


@given(st.lists(PIECES, max_size=20), st.randoms(use_true_random=False))
def test_every_cut_gives_the_same(pieces: list[bytes], chance: random.Random) -> None:
    octets = b"".join(pieces)
    whole, cut = Heard(), Heard(SMALLEST)
    whole.feed(octets)
    at = 0
    while at < len(octets):
        count = chance.choice((1, 2, 3, 5, 17, 400, 5000))
        cut.feed(octets[at : at + count])
        at += count
    assert cut.all == whole.all


def test_the_largest_packets_and_messages_pass_through_the_smallest_buffer() -> None:
    heard = Heard(SMALLEST)
    largest = packet(3, bytes(range(256)) * 255 + bytes(255))
    assert len(largest) == 4 + 65535
    head = b"RTSP/1.0 200 OK\r\nContent-Length: 65536\r\nX: "
    longest = head + b"a" * (65535 - len(head)) + b"\r\n\r\n" + b"b" * 65536
    heard.feed((largest + longest) * 4, most=50_000)
    assert len(heard.all) == 8
    assert heard.all[6] == (3, largest[4:])
    last = heard.all[7]
    assert isinstance(last, rtsp.Response)
    assert len(last.body) == 65536


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"\x80\x60\0\0", "0x80"),
        (b"RTSP/1.0 nothing\r\n\r\n", "no status"),
        (b"GET / HTTP/1.1\r\n\r\n", "no RTSP"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 70000\r\n\r\n", "70000"),
        (b"RTSP/1.0 200 OK\r\nX: " + b"a" * 70000, "does not end"),
        (b"RTSP/1.0 200 OK\r\nX: " + b"a" * 70000 + b"\r\n\r\n", "does not end"),
    ],
)
def test_what_is_neither_is_refused_in_a_sentence(octets: bytes, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        Heard().feed(octets)


def test_an_endless_head_is_refused_in_small_pieces_too() -> None:
    heard = Heard()
    with pytest.raises(MediaError, match="does not end"):
        heard.feed(b"RTSP/1.0 200 OK\r\nX: " + b"a" * 70000, most=999)


def test_a_buffer_too_small_to_ever_work_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        Heard(65536)
