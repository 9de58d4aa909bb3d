"""Session descriptions as cameras send them, the damaged ones above all."""

from __future__ import annotations

import pytest

from nvr_core.media import sdp
from nvr_core.media.errors import MediaError

USUAL = b"""v=0\r
o=- 1700000000 1 IN IP4 192.168.1.64\r
s=Media Presentation\r
e=NONE\r
c=IN IP4 0.0.0.0\r
t=0 0\r
a=control:rtsp://192.168.1.64/Streaming/Channels/101/\r
a=tool:Streamer 1.2\r
m=video 0 RTP/AVP 96\r
b=AS:5000\r
a=recvonly\r
a=x-dimensions:1920,1080\r
a=control:rtsp://192.168.1.64/Streaming/Channels/101/trackID=1\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKY,aO48gA==\r
m=audio 0 RTP/AVP 104\r
a=control:trackID=2\r
a=rtpmap:104 mpeg4-generic/16000/1\r
a=fmtp:104 profile-level-id=15;streamtype=5;mode=AAC-hbr;config=1408;SizeLength=13\r
"""


def test_a_usual_description() -> None:
    said = sdp.parse(USUAL)
    assert said.control == "rtsp://192.168.1.64/Streaming/Channels/101/"
    assert (said.name, said.tool) == ("Media Presentation", "Streamer 1.2")
    video, audio = said.media
    assert video == sdp.MediaDescription(
        kind="video",
        payload_type=96,
        encoding="H264",
        clock_rate=90000,
        fmtp={
            "profile-level-id": "420029",
            "packetization-mode": "1",
            "sprop-parameter-sets": "Z00AKY,aO48gA==",
        },
        control="rtsp://192.168.1.64/Streaming/Channels/101/trackID=1",
        direction="recvonly",
    )
    assert (audio.kind, audio.payload_type, audio.encoding) == ("audio", 104, "MPEG4-GENERIC")
    assert (audio.clock_rate, audio.channels, audio.control) == (16000, 1, "trackID=2")
    assert (audio.fmtp["config"], audio.fmtp["sizelength"]) == ("1408", "13")


def test_static_types_need_no_rtpmap() -> None:
    for number, encoding in ((0, "PCMU"), (8, "PCMA")):
        (media,) = sdp.parse(f"m=audio 0 RTP/AVP {number}\r\n".encode()).media
        assert (media.encoding, media.clock_rate, media.channels) == (encoding, 8000, 1)
    (media,) = sdp.parse(b"m=video 0 RTP/AVP 26\n").media
    assert (media.encoding, media.clock_rate) == ("JPEG", 90000)


def test_an_rtpmap_counts_more_than_the_table() -> None:
    (media,) = sdp.parse(b"m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/16000/2\n").media
    assert (media.clock_rate, media.channels) == (16000, 2)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param((b"s=Media Presentation\r\n", b"s=\r\ns=a\r\ns=b\r\n"), id="many s="),
        pytest.param((b"o=- 1700000000 1 IN IP4 192.168.1.64\r\n", b""), id="no origin"),
        pytest.param((b"c=IN IP4 0.0.0.0\r\n", b"c=IN IP4\r\nc=\r\nc=??\r\n"), id="broken c="),
        pytest.param((b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param((b"\r\n", b"\r"), id="bare carriage returns"),
        pytest.param((b"\r\n", b"  \t\r\n\r\n"), id="trailing blanks"),
        pytest.param((b"m=video 0 RTP/AVP 96", b"m=video RTP/AVP 96"), id="m= without port"),
        pytest.param((b"m=video 0 RTP/AVP 96", b"m=video 0/2 RTP/AVP/TCP 96 x"), id="odd m="),
        pytest.param((b"m=video", b"M=Video"), id="capitals"),
        pytest.param(
            (b"v=0\r\n", b"v=0\r\nnonsense\r\n=\r\na\r\na=\r\nz=\xff\xfe\r\n"), id="noise"
        ),
        pytest.param((b"a=recvonly", b"a=framerate:0S\r\na=recvonly"), id="row 15, rate of 0"),
    ],
)
def test_row_18_damage_does_not_hide_the_tracks(damage: tuple[bytes, bytes]) -> None:
    assert damage[0] in USUAL
    assert sdp.parse(USUAL.replace(*damage)).media == sdp.parse(USUAL).media


def test_row_18_a_port_without_meaning_is_no_port() -> None:
    (media,) = sdp.parse(b"m=video 99999999999 RTP/AVP 96\na=rtpmap:96 H264/90000\n").media
    assert (media.port, media.encoding) == (0, "H264")


def test_row_18_words_for_formats_are_no_payload_type() -> None:
    text = (
        b"m=application/TP-LINK 0 RTP/AVP smart/1/90000\na=rtpmap:95 TP-LINK/90000\nm=\nm=audio\n"
    )
    link, empty, bare = sdp.parse(text).media
    assert (link.kind, link.payload_type, link.encoding) == ("application/tp-link", 95, "TP-LINK")
    assert (empty.kind, empty.payload_type) == ("", -1)
    assert (bare.kind, bare.payload_type, bare.encoding) == ("audio", -1, "")


def test_row_18_an_fmtp_under_the_wrong_track_finds_its_own() -> None:
    text = b"""m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/16000
a=fmtp:96 packetization-mode=1
a=fmtp:97 mode=AAC-hbr;config=1408
"""
    video, audio = sdp.parse(text).media
    assert video.fmtp == {"packetization-mode": "1"}
    assert audio.fmtp == {"mode": "AAC-hbr", "config": "1408"}


def test_row_18_an_fmtp_of_no_track_belongs_to_the_one_it_stands_under() -> None:
    text = b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:98 packetization-mode=1\n"
    assert sdp.parse(text).media[0].fmtp == {"packetization-mode": "1"}


def test_row_18_equal_numbers_in_two_tracks_do_not_mix() -> None:
    text = b"""m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
m=audio 0 RTP/AVP 96
a=rtpmap:96 MPEG4-GENERIC/8000
a=fmtp:96 mode=AAC-hbr
"""
    video, audio = sdp.parse(text).media
    assert (video.encoding, video.fmtp) == ("H264", {})
    assert (audio.encoding, audio.fmtp) == ("MPEG4-GENERIC", {"mode": "AAC-hbr"})


def test_row_18_a_rtpmap_of_another_number_counts_when_it_is_the_only_one() -> None:
    (media,) = sdp.parse(b"m=video 0 RTP/AVP 35\na=rtpmap:96 H265/90000\n").media
    assert (media.payload_type, media.encoding) == (96, "H265")


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (b"m=video 0 RTP/AVP 96\na=fmtp:96 sprop-parameter-sets=Z0==,aM==\n", "H264"),
        (b"m=video 0 RTP/AVP 96\na=fmtp:96 sprop-vps=QA;sprop-sps=Qg\n", "H265"),
        (b"m=audio 0 RTP/AVP 96\na=fmtp:96 mode=AAC-hbr;config=1408\n", "MPEG4-GENERIC"),
        (b"m=audio 0 RTP/AVP 96\n", ""),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264\n", "H264"),
    ],
)
def test_a_track_without_rtpmap_is_known_by_its_parameters(lines: bytes, encoding: str) -> None:
    (media,) = sdp.parse(lines).media
    assert media.encoding == encoding
    if media.kind == "video":
        assert media.clock_rate == 90000


def test_row_17_audio_without_rtpmap_keeps_its_place() -> None:
    video, audio = sdp.parse(USUAL.replace(b"a=rtpmap:104 mpeg4-generic/16000/1\r\n", b"")).media
    assert video.encoding == "H264"
    assert (audio.payload_type, audio.encoding) == (104, "MPEG4-GENERIC")


def test_a_back_channel_is_told_apart() -> None:
    text = USUAL.replace(b"a=control:trackID=2", b"a=control:trackID=2\r\na=sendonly")
    assert [media.direction for media in sdp.parse(text).media] == ["recvonly", "sendonly"]


def test_nothing_is_a_description_of_nothing() -> None:
    assert sdp.parse(b"").media == ()
    assert sdp.parse(b"<html><body>404</body></html>").media == ()


def test_sizes_are_bounded() -> None:
    with pytest.raises(MediaError, match="65537"):
        sdp.parse(b"a" * 65537)
    assert len(sdp.parse(b"m=video 0 RTP/AVP 96\n" * 1000).media) == sdp.MEDIA_LIMIT
