"""Packets of every framing become the same frames; hostile ones become media errors only."""

import io
from collections.abc import Iterator
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.errors import MediaError, UnsupportedMedia
from nvr_core.recorder import framing, packets
from tests.core.recorder import feeding
from tests.core.recorder.feeding import Taken

LONG = (b"\0\0\0\1", b"\0\0\1")


def demuxed(content: bytes, kind: str) -> tuple[bytes, list[tuple[bytes, Fraction]]]:
    """(extradata, packets) as PyAV gives them."""
    with av.open(io.BytesIO(content), "r") as opened:
        stream = opened.streams.best("video" if kind == "video" else "audio")
        assert stream is not None
        assert stream.codec_context is not None
        found = [
            (bytes(packet), (packet.pts or 0) * packet.time_base)
            for packet in opened.demux(stream)
            if packet.size
        ]
        return stream.codec_context.extradata or b"", found


def taken(codec: str, extradata: bytes, found: list[tuple[bytes, Fraction]]) -> Taken:
    sink = Taken()
    made = packets.create(codec, sink, extradata, 0, 0)
    for data, at in found:
        made.packet(data, at, False)
    return sink


def slices(codec: str, data: bytes) -> list[bytes]:
    """Without SEI units: encoders put their settings there, in the one framing only."""
    found = framing.length_prefixed(data, 4)
    if codec == "h264":
        return [unit for unit in found if unit[0] & 0x1F != 6]
    return [unit for unit in found if unit[0] >> 1 & 0x3F != 39]


@pytest.mark.parametrize(("codec", "coded"), [("h264", feeding.H264_B), ("hevc", feeding.H265)])
def test_annex_b_and_lengths_give_the_same(codec: str, coded: tuple[str, ...]) -> None:
    annex_b = feeding.transport_stream(*coded, count=50)
    with_lengths = feeding.make(
        *coded, "-f", "mp4", "-movflags", "frag_keyframe+empty_moov", count=50
    )
    first = taken(codec, *demuxed(annex_b, "video"))
    second = taken(codec, *demuxed(with_lengths, "video"))
    assert first.numbers() == second.numbers() == list(range(50))
    assert [slices(codec, data) for _, _, data in first.frames] == [
        slices(codec, data) for _, _, data in second.frames
    ]
    assert [key for _, key, _ in first.frames] == [key for _, key, _ in second.frames]
    assert first.configs == second.configs


def units(data: bytes) -> Iterator[int]:
    yield from (unit[0] & 0x1F for unit in framing.length_prefixed(data, 4))


def test_sets_and_delimiters_are_taken_out_and_a_change_is_said() -> None:
    extradata, found = demuxed(feeding.transport_stream(*feeding.H264, count=25), "video")
    other = feeding.transport_stream("-vf", "scale=320:192", *feeding.H264, count=25)
    _, larger = demuxed(other, "video")
    sink = taken("h264", extradata, found + larger + found)
    assert [config.width for config in sink.configs] == [160, 320, 160]
    kinds = {kind for _, _, data in sink.frames for kind in units(data)}
    assert kinds <= {1, 5, 6}
    assert len(sink.frames) == 75


def test_a_set_that_comes_as_new_extradata() -> None:
    fragmented = ("-f", "mp4", "-movflags", "frag_keyframe+empty_moov")
    before, found = demuxed(feeding.make(*feeding.H264, *fragmented, count=25), "video")
    after, larger = demuxed(
        feeding.make("-vf", "scale=320:192", *feeding.H264, *fragmented, count=25), "video"
    )
    sink = Taken()
    made = packets.create("h264", sink, before, 0, 0)
    for data, at in found:
        made.packet(data, at, False)
    made.config(after)
    for data, at in larger:
        made.packet(data, at, False)
    assert [config.width for config in sink.configs] == [160, 320]


def test_nothing_is_given_before_a_config_and_damage_is_marked() -> None:
    _, found = demuxed(feeding.transport_stream(*feeding.H264, count=50), "video")
    late = taken("h264", b"", found[10:])
    assert len(late.frames) == 25
    assert late.frames[0][1]
    sink = Taken()
    made = packets.create("h264", sink, b"", 0, 0)
    for place, (data, at) in enumerate(found):
        made.packet(data, at, place == 30)
    assert sink.damaged == 1


def test_adts_says_its_config_itself() -> None:
    content = feeding.transport_stream(*feeding.H264, sound=("-c:a", "aac", "-ac", "2"))
    extradata, found = demuxed(content, "audio")
    assert framing.is_adts(found[0][0])
    sink = taken("aac", extradata, found)
    (config,) = sink.configs
    assert (config.codec, config.sample_rate, config.channels) == ("aac", 16000, 2)
    assert not any(framing.is_adts(data) for _, _, data in sink.frames)
    # Several frames in one packet follow each other by their own length.
    at = found[0][1]
    both = taken("aac", b"", [(found[0][0] + found[1][0], at)])
    assert [pts - both.frames[0][0] for pts, _, _ in both.frames] == [0, 1024]
    assert [data for _, _, data in both.frames] == [data for _, _, data in sink.frames[:2]]


@pytest.mark.parametrize(
    ("codec", "rate", "sentence"),
    [
        ("av1", 0, "sends av1: choose H.264 or H.265"),
        ("mjpeg", 0, "sends mjpeg: choose H.264 or H.265"),
        ("", 0, "sends an unknown codec"),
        ("opus", 48000, "sends opus: choose AAC .* or leave audio off"),
        ("pcm_alaw", 8000, "0 channels"),
    ],
)
def test_other_codecs_are_refused(codec: str, rate: int, sentence: str) -> None:
    with pytest.raises(UnsupportedMedia, match=sentence):
        packets.create(codec, Taken(), b"", rate, 0)


@given(
    st.sampled_from(["h264", "hevc", "aac"]),
    st.binary(max_size=80),
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.binary(max_size=30).map(lambda body: b"\0\0\0\1\x67" + body + b"\0\0\1\x65" + body),
            st.binary(max_size=30).map(lambda body: b"\xff\xf1\x50\x80\x02\x1f\xfc" + body),
        ),
        max_size=6,
    ),
)
def test_nothing_but_media_errors_come_of_any_bytes(
    codec: str, extradata: bytes, datas: list[bytes]
) -> None:
    try:
        made = packets.create(codec, Taken(), extradata, 0, 0)
        for place, data in enumerate(datas):
            made.packet(data, Fraction(place, 25), False)
            made.config(data)
    except MediaError:
        return


@given(st.binary(max_size=200), st.integers(1, 4))
def test_units_never_reach_beyond_their_packet(data: bytes, size: int) -> None:
    found = list(framing.length_prefixed(data, size))
    assert sum(len(unit) + size for unit in found) <= len(data)
    assert all(unit and unit[-1] for unit in framing.annex_b(data))
