"""RTSP messages: as the standard has them, and as cameras do."""

from __future__ import annotations

import pytest

from nvr_core.media import rtsp
from nvr_core.media.errors import MediaError


def test_a_request_survives_the_wire() -> None:
    wire = rtsp.build_request(
        "SET_PARAMETER", "rtsp://cam/é", 7, {"User-Agent": "Ronda"}, b"a: b\r\n"
    )
    head, _, body = wire.partition(b"\r\n\r\n")
    assert head.startswith(b"SET_PARAMETER rtsp://cam/\xc3\xa9 RTSP/1.0\r\nCSeq: 7\r\n")
    assert rtsp.body_size(head) == len(body) == 6
    message = rtsp.parse_message(head, body)
    assert isinstance(message, rtsp.Request)
    assert (message.method, message.url, message.body) == ("SET_PARAMETER", "rtsp://cam/é", body)
    assert message.headers.get("user-agent") == "Ronda"


def test_an_answer_survives_the_wire() -> None:
    offers = [("WWW-Authenticate", 'Digest realm="a"'), ("WWW-Authenticate", 'Basic realm="b"')]
    wire = rtsp.build_response(401, headers=[("CSeq", "2"), *offers])
    assert wire.endswith(b"\r\n\r\n")
    message = rtsp.parse_message(wire[:-4])
    assert isinstance(message, rtsp.Response)
    assert (message.status, message.reason) == (401, "Unauthorized")
    assert message.headers.get_all("www-authenticate") == [value for _, value in offers]
    assert message.headers.get("Session") == ""
    assert message.headers.get("Session", "none") == "none"
    assert "session" not in message.headers
    assert "cseq" in message.headers


@pytest.mark.parametrize(
    "part",
    [
        {"url": "rtsp://cam/a\r\nX: y"},
        {"method": "GET\n"},
        {"headers": {"Session": "1\r2"}},
        {"headers": {"Session": "1\x1b[2J"}},
        {"headers": {"Session": "1\r\nX: y"}},
        {"headers": {"A\nB": "1"}},
    ],
)
def test_control_characters_are_never_sent(part: dict[str, object]) -> None:
    given: dict[str, object] = {"method": "GET", "url": "rtsp://cam/", "cseq": 1, "headers": {}}
    with pytest.raises(MediaError, match="line break"):
        rtsp.build_request(**(given | part))  # type: ignore[arg-type] # a dict of mixed arguments


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"RTSP/1.0 200 OK\r\ncseq: 3\r\nsession: 1A", id="small letters"),
        pytest.param(b"RTSP/1.0 200 OK  \r\nCseq:3  \t\r\nSession : 1A  ", id="trailing blanks"),
        pytest.param(b"RTSP/1.0 200\r\nCSEQ: 3\r\nSESSION: 1A", id="no reason phrase"),
        pytest.param(b"rtsp/1.0 200 OK\nCSeq: 3\nSession: 1A", id="bare line feeds"),
        pytest.param(b"RTSP/1.0 200 OK\rCSeq: 3\rSession: 1A\r2", id="bare carriage returns"),
        pytest.param(
            b"RTSP/1.0 200 OK\r\nnonsense\r\n: \r\nCSeq: 3\r\nSession:\r\n 1A", id="folded, noise"
        ),
        pytest.param(
            b"RTSP/1.0  200  OK\r\nX-\xff: \xfe\r\nCSeq: 3\r\nSession: 1A", id="not UTF-8"
        ),
    ],
)
def test_row_20_odd_headers_say_the_same(head: bytes) -> None:
    message = rtsp.parse_message(head)
    assert isinstance(message, rtsp.Response)
    assert (message.status, message.headers.get("CSeq")) == (200, "3")
    assert message.headers.get("Session") == "1A"


def test_row_20_an_answer_without_content_type_keeps_its_body() -> None:
    head = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\ncontent-length : 4 "
    assert rtsp.body_size(head) == 4
    assert rtsp.parse_message(head, b"v=0\n").body == b"v=0\n"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 400 Bad Request",
        b"RTSP/1.0",
        b"RTSP/1.0 abc",
        b"RTSP/1.0 99999",
        b"RTSP/1.0 \xd9\xa2\xd9\xa0\xd9\xa0 OK",
        b"OPTIONS rtsp://x",
        b"\xff\xfe a RTSP/1.0",
    ],
)
def test_what_is_no_message_is_refused_in_a_sentence(head: bytes) -> None:
    with pytest.raises(MediaError, match="RTSP"):
        rtsp.parse_message(head)


@pytest.mark.parametrize("size", ["-1", "65537", "1e3", "four", "9" * 5000, "²"])
def test_bodies_without_a_sane_size_are_refused(size: str) -> None:
    with pytest.raises(MediaError, match="body"):
        rtsp.body_size(f"RTSP/1.0 200 OK\r\nContent-Length: {size}".encode())


def test_heads_are_bounded() -> None:
    with pytest.raises(MediaError, match="limit"):
        rtsp.parse_message(b"RTSP/1.0 200 OK\r\n" + b"a" * 65536)


def test_a_repr_never_shows_a_login() -> None:
    wire = rtsp.build_request("PLAY", "rtsp://cam/", 1, {"Authorization": "Basic c2VjcmV0"})
    assert "c2VjcmV0" not in repr(rtsp.parse_message(wire[:-4]))


def test_row_13_the_cameras_own_channels() -> None:
    answer = rtsp.parse_transport('RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=5A3C01F7;mode="PLAY"')
    assert answer.tcp
    assert (answer.interleaved, answer.ssrc) == ((4, 5), 0x5A3C01F7)
    assert rtsp.parse_transport("RTP/AVP/TCP; Unicast; Interleaved = 2 - 3").interleaved == (2, 3)
    assert rtsp.parse_transport("RTP/AVP/TCP;interleaved=6").interleaved == (6, 7)
    assert rtsp.parse_transport("RTP/AVP/TCP;interleaved=").interleaved is None
    assert rtsp.parse_transport("RTP/AVP/TCP;interleaved=300-301").interleaved is None
    assert rtsp.parse_transport("RTP/AVP/TCP;unicast").interleaved is None
    assert rtsp.parse_transport("") == rtsp.Transport()


def test_udp_ports() -> None:
    answer = rtsp.parse_transport(
        "RTP/AVP;unicast;client_port=30000-30001;server_port=6970-6971;source=10.0.0.9;"
        "destination=10.0.0.2;ssrc=what,RTP/AVP/TCP;interleaved=0-1"
    )
    assert not answer.tcp
    assert (answer.client_port, answer.server_port) == ((30000, 30001), (6970, 6971))
    assert (answer.source, answer.destination, answer.ssrc) == ("10.0.0.9", "10.0.0.2", None)
    assert answer.unicast
    assert not rtsp.parse_transport("RTP/AVP;multicast;port=5000-5001").unicast


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("12345678", ("12345678", 60)),
        ("AbC ; Timeout = 30 ", ("AbC", 30)),
        ("x;timeout=0", ("x", 60)),
        ("x;timeout=1", ("x", 1)),
        ("x;timeout=-5;y", ("x", 60)),
        ("x;foo;timeout=90", ("x", 90)),
        ("", ("", 60)),
    ],
)
def test_session_ids_and_how_long_they_live(value: str, wanted: tuple[str, int]) -> None:
    assert rtsp.parse_session(value) == wanted


def test_row_11_the_keepalives_that_a_camera_offers() -> None:
    assert rtsp.parse_methods(["OPTIONS, describe ,SETUP,,", "Play"]) == {
        "OPTIONS",
        "DESCRIBE",
        "SETUP",
        "PLAY",
    }
    assert rtsp.parse_methods([]) == frozenset()


def test_row_21_start_points_are_believed_only_when_sane() -> None:
    first, second = rtsp.parse_rtp_info(
        "url=rtsp://cam/a;b,c/trackID=1;seq=45102;rtptime=12345678, "
        "url=rtsp://cam/a/trackID=2;seq=99999;rtptime=-1"
    )
    assert first == rtsp.RtpInfo(
        url="rtsp://cam/a;b,c/trackID=1", sequence=45102, timestamp=12345678
    )
    assert second == rtsp.RtpInfo(url="rtsp://cam/a/trackID=2", sequence=None, timestamp=None)
    assert rtsp.parse_rtp_info("") == ()
    assert rtsp.parse_rtp_info("seq=1;rtptime=4294967296") == (rtsp.RtpInfo(url="", sequence=1),)
    (bare,) = rtsp.parse_rtp_info("URL = trackID=1 ; rtptime = 7")
    assert bare == rtsp.RtpInfo(url="trackID=1", timestamp=7)


def test_a_reason_fits_a_sentence_and_a_session_id_a_request() -> None:
    message = rtsp.parse_message(b"RTSP/1.0 404 \x1b[2J\x07Gone " + b"A" * 60000)
    assert isinstance(message, rtsp.Response)
    assert message.reason == "[2JGone " + "A" * 52
    assert rtsp.parse_session("8A\x1b3F\0 ;timeout=30") == ("8A3F", 30)
