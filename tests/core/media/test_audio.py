"""AAC and G.711: configs against FFmpeg's, frames out of packets."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import pytest

from nvr_core.media import aac, boxes, fragment, g711, init
from nvr_core.media.errors import MediaError, UnsupportedMedia
from nvr_core.media.rtp import WRAP
from nvr_core.media.sdp import MediaDescription
from nvr_core.media.track import TrackConfig
from tests.core.media.encoded import sound
from tests.core.media.sinks import Given, Payload, begin, feed
from tests.core.media.wire import au_headers


def specific_config(rate: int, layout: str) -> bytes:
    """The AudioSpecificConfig that FFmpeg's encoder makes."""
    context: Any = av.CodecContext.create("aac", "w")
    context.sample_rate, context.layout, context.format = rate, layout, "fltp"
    context.time_base = Fraction(1, rate)
    context.open()
    return bytes(context.extradata)


def track(config: str = "1408", **changes: str) -> MediaDescription:
    """AAC at 16 kHz, mono, as the usual SDP says it."""
    fmtp = {"mode": "AAC-hbr", "config": config, "sizelength": "13", **changes}
    return MediaDescription(
        kind="audio",
        payload_type=96,
        encoding="MPEG4-GENERIC",
        clock_rate=16000,
        channels=1,
        fmtp=fmtp,
    )


LAYOUTS = [("mono", 1), ("stereo", 2), ("3.0", 3), ("4.0", 4), ("5.0", 5), ("5.1", 6)]


@pytest.mark.parametrize("rate", aac.RATES)
@pytest.mark.parametrize(("layout", "channels"), LAYOUTS)
def test_ffmpeg_and_we_read_the_same_aac_config(rate: int, layout: str, channels: int) -> None:
    config = aac.config(specific_config(rate, layout))
    assert (config.codec, config.codec_string) == ("aac", "mp4a.40.2")
    assert (config.sample_rate, config.channels) == (rate, channels)
    assert (config.timescale, config.frame_ticks) == (rate, 1024)


def file_of(config: TrackConfig, frames: list[bytes]) -> bytes:
    """A whole little MP4 made with nothing but our sample entry and plain boxes."""
    samples = [(1024, len(frame), fragment.KEY, 0) for frame in frames]
    return b"".join((init.init_segment(config), fragment.head(1, 0, samples, 0, 0), *frames))


def test_ffmpeg_decodes_aac_behind_our_sample_entry() -> None:
    made = sound("aac")
    entry = made.config.sample_entry
    esds = next(b for b in boxes.walk(entry, 36) if b.kind == b"esds")
    found = entry[esds.body : esds.end]
    at = found.index(b"\x05\x80\x80\x80")
    specific = found[at + 5 : at + 5 + found[at + 4]]
    config = aac.config(specific)
    octets = file_of(config, [frame.data for frame in made.frames])
    with av.open(io.BytesIO(octets), "r") as file:
        context: Any = file.streams.audio[0].codec_context
        assert (context.name, context.sample_rate, context.layout.name) == ("aac", 16000, "mono")
        assert bytes(context.extradata) == specific
        shown = sum(frame.samples for frame in file.decode(audio=0))
    assert shown == 1024 * len(made.frames)


@pytest.mark.parametrize(("law", "name"), [("pcma", "pcm_alaw"), ("pcmu", "pcm_mulaw")])
def test_ffmpeg_decodes_g711_behind_our_sample_entry(law: g711.Law, name: str) -> None:
    config = g711.config(law)
    assert (config.timescale, config.sample_rate, config.channels) == (8000, 8000, 1)
    octets = file_of(config, [bytes(range(256)) * 4] * 3)
    with av.open(io.BytesIO(octets), "r") as file:
        context: Any = file.streams.audio[0].codec_context
        assert (context.name, context.sample_rate) == (name, 8000)
        assert sum(frame.samples for frame in file.decode(audio=0)) == 3 * 1024


def test_spectral_band_replication_doubles_the_rate() -> None:
    """Object type 5 over a core of 2 at 24 kHz, heard at 48 kHz: 00101 0110 0001 0011 00010 0."""
    octets = int("0010101100001001100010".ljust(24, "0") + "0" * 8, 2).to_bytes(4, "big")
    read = aac.parse(octets)
    assert (read.object_type, read.sample_rate, read.frame_ticks) == (5, 48000, 2048)
    assert aac.config(octets).codec_string == "mp4a.40.5"


def test_a_rate_without_a_number_and_frames_of_960() -> None:
    """00010 1111 + 24 bits of rate + 0001 + frameLengthFlag 1."""
    bits = f"000101111{11024:024b}00011"
    octets = int(bits.ljust(40, "0"), 2).to_bytes(5, "big")
    assert aac.parse(octets) == aac.AudioSpecificConfig(
        object_type=2, sample_rate=11024, channels=1, frame_ticks=960
    )


@pytest.mark.parametrize("text", ["", "14", "17ff", "ff", "00" * 65])
def test_a_broken_aac_config_is_refused(text: str) -> None:
    with pytest.raises(MediaError):
        aac.config(bytes.fromhex(text))


@pytest.mark.parametrize(("text", "sentence"), [("b98c", "object type"), ("1400", "layout 0")])
def test_other_kinds_of_aac_are_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UnsupportedMedia, match=sentence):
        aac.config(bytes.fromhex(text))


ONE, TWO, THREE = b"\x01" * 200, b"\x02" * 31, b"\x03" * 8


def test_frames_alone_and_together() -> None:
    sink = feed(track(), [(0, au_headers(ONE), True), (1024, au_headers(TWO, THREE), True)])
    assert sink.configs == [aac.config(bytes.fromhex("1408"))]
    assert sink.frames == [
        Given(0, True, ONE, False),
        Given(1024, True, TWO, False),
        Given(2048, True, THREE, False),
    ]


def test_a_frame_in_several_packets() -> None:
    """Each piece repeats the size of the whole (RFC 3640, 3.2.3.1)."""
    size = b"\0\x10" + (len(ONE) << 3).to_bytes(2, "big")
    pieces = [size + ONE[:90], size + ONE[90:180], size + ONE[180:]]
    sent: list[Payload] = [(0, piece, n == 2) for n, piece in enumerate(pieces)]
    sent.append((1024, au_headers(TWO), True))
    assert feed(track(), sent).frames == [
        Given(0, True, ONE, False),
        Given(1024, True, TWO, False),
    ]
    assert feed(track(), sent, missing=[1]).frames == [Given(1024, True, TWO, True)]
    del sent[2]
    assert feed(track(), sent).frames == [Given(1024, True, TWO, True)]


def test_low_bit_rate_headers() -> None:
    """AAC-lbr: 6 bits of size, 2 of index (RFC 3640, 3.3.5)."""
    packet = b"\0\x10" + bytes([len(TWO) << 2, len(THREE) << 2]) + TWO + THREE
    media = track(mode="AAC-lbr", sizelength="", indexlength="2", indexdeltalength="2")
    assert [frame.data for frame in feed(media, [(0, packet, True)]).frames] == [TWO, THREE]


@pytest.mark.parametrize(
    "packet",
    [b"", b"\0", b"\0\x10", b"\0\x08\x01", b"\xff\xff" + b"\1" * 40, b"\0\x20\x08\0\x08\0\1"],
)
def test_what_does_not_add_up_damages_the_next_frame_only(packet: bytes) -> None:
    sent: list[Payload] = [(0, packet, True), (1024, au_headers(TWO), True)]
    frames = feed(track(), sent).frames
    assert frames[-1] == Given(1024, True, TWO, len(packet) > 1)


def test_a_loss_is_told() -> None:
    sent: list[Payload] = [(1024 * n, au_headers(TWO), True) for n in range(3)]
    damaged = [frame.damaged for frame in feed(track(), sent, missing=[1]).frames]
    assert damaged == [False, True]


def test_a_clock_that_counts_otherwise_is_converted() -> None:
    """The SDP says a clock of 8000, the config 16000 samples a second."""
    media = MediaDescription(
        kind="audio",
        payload_type=96,
        encoding="MPEG4-GENERIC",
        clock_rate=8000,
        fmtp=track().fmtp,
    )
    sent: list[Payload] = [(512 * n, au_headers(TWO), True) for n in range(4)]
    times = [frame.pts for frame in feed(media, sent).frames]
    assert [time - times[0] for time in times] == [0, 1024, 2048, 3072]


def test_row_17_aac_without_a_config_is_refused_in_a_sentence() -> None:
    for config in ("", "xyz", "1"):
        with pytest.raises(UnsupportedMedia, match=r"config.*G\.711.*audio off"):
            begin(track(config))


def test_forms_of_aac_that_are_not_stored_are_refused_in_a_sentence() -> None:
    with pytest.raises(UnsupportedMedia, match="ctsdeltalength=22"):
        begin(track(ctsdeltalength="22"))
    with pytest.raises(UnsupportedMedia, match="layout 0"):
        begin(track("1400"))


@pytest.mark.parametrize("encoding", ["PCMA", "PCMU"])
def test_g711_packets_are_frames(encoding: str) -> None:
    media = MediaDescription(kind="audio", payload_type=96, encoding=encoding, clock_rate=8000)
    sent: list[Payload] = [(160 * n, bytes([n]) * 160, False) for n in range(4)]
    sent.insert(2, (0, b"", False))
    sink = feed(media, sent, missing=[1])
    assert [config.codec for config in sink.configs] == [encoding.lower()]
    assert sink.frames == [
        Given(0, True, bytes(160), False),
        Given(320, True, b"\2" * 160, True),
        Given(480, True, b"\3" * 160, False),
    ]


def test_g711_at_an_absurd_rate_is_refused_in_a_sentence() -> None:
    media = MediaDescription(kind="audio", payload_type=0, encoding="PCMU", clock_rate=1)
    with pytest.raises(UnsupportedMedia, match="8000 and mono"):
        begin(media)


def test_audio_frames_belong_to_the_sink() -> None:
    media = MediaDescription(kind="audio", payload_type=0, encoding="PCMU", clock_rate=8000)
    sink, depacketizer = begin(media)
    buffer = bytearray(b"\1" * 8)
    depacketizer.packet(buffer, 0, 8, WRAP, False, False)
    buffer[:] = b"\2" * 8
    assert sink.frames[0].data == b"\1" * 8
