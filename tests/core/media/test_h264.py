"""H.264 parameter sets as encoders and cameras write them, against what FFmpeg reads in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nvr_core.media import boxes, h264
from nvr_core.media.bits import BitReader, unescape
from nvr_core.media.errors import MediaError
from nvr_core.media.track import TrackConfig
from tests.core.media.streams import Stream, config_box, dash_name, encode, probed

STREAMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "1080p, cropped by 8 rows": {
        "width": 1920,
        "height": 1080,
        "count": 4,
        "preset": "ultrafast",
        "params": "bframes=0",
    },
    "cropped on both sides": {"width": 642, "height": 362, "count": 3},
    "no B-frames": {"params": "bframes=0"},
    "baseline": {"profile": "baseline"},
    "main": {"profile": "main"},
    "B-pyramid": {"params": "bframes=7:b-adapt=0:b-pyramid=normal"},
    "interlaced, oblong pixels": {
        "width": 720,
        "height": 576,
        "count": 4,
        "params": "tff=1:sar=16/11",
    },
    "interlaced and cropped": {"width": 320, "height": 180, "count": 4, "params": "tff=1"},
    "pixels of an unlisted shape": {"params": "sar=37/31"},
    "10 bits": {"form": "yuv420p10le"},
    "4:2:2": {"form": "yuv422p", "width": 162, "height": 98},
    "4:4:4": {"form": "yuv444p", "width": 162, "height": 98},
    "grey": {"form": "gray", "width": 162, "height": 98},
    "scaling lists": {"params": "cqm=jvt"},
    "buffering described": {"params": "nal-hrd=cbr:bitrate=500:vbv-maxrate=500:vbv-bufsize=500"},
    "colours described": {
        "params": "overscan=show:videoformat=pal:fullrange=on:colorprim=bt709:chromaloc=2"
    },
    "four slices": {"params": "slices=4"},
}


@pytest.fixture(params=list(STREAMS.values()), ids=list(STREAMS))
def stream(request: pytest.FixtureRequest) -> Stream:
    return encode(**request.param)


def in_box(config: TrackConfig) -> bytes:
    """avcC inside the sample entry."""
    entry = next(boxes.walk(config.sample_entry))
    found = next(
        b for b in boxes.walk(config.sample_entry, entry.body + 78, entry.end) if b.kind == b"avcC"
    )
    return config.sample_entry[found.body : found.end]


def test_ffprobe_sees_the_same_stream(stream: Stream, tmp_path: Path) -> None:
    said = probed(stream, tmp_path)
    sps = h264.parse_sps(stream.sets[0])
    assert (sps.width, sps.height) == (said["width"], said["height"])
    assert sps.level == said["level"]
    assert sps.reorder_depth == said["has_b_frames"]
    across, down = said.get("sample_aspect_ratio", "1:1").split(":")
    assert sps.aspect == (int(across), int(down))
    # Not r_frame_rate: FFmpeg 7 counts fields in it.
    rate, per = said["avg_frame_rate"].split("/")
    assert sps.frame_ticks == 90000 * int(per) // int(rate)


def test_ffmpeg_writes_the_same_config_and_name(stream: Stream, tmp_path: Path) -> None:
    config = h264.config(*stream.sets)
    assert in_box(config) == config_box(stream)
    assert config.codec_string == dash_name(stream, tmp_path)


def test_config_carries_what_the_sps_says() -> None:
    stream = encode(width=1920, height=1080, count=2, preset="ultrafast", params="bframes=0")
    config = h264.config(*stream.sets)
    assert (config.codec, config.timescale) == ("h264", 90000)
    assert (config.width, config.height) == (1920, 1080)
    assert (config.reorder_depth, config.frame_ticks) == (0, 3600)
    entry = next(boxes.walk(config.sample_entry))
    assert (entry.kind, entry.end) == (b"avc1", len(config.sample_entry))


SHAPES = """
12/11 10/11 16/11 40/33 24/11 20/11 32/11 80/33 18/11 15/11 64/33 160/99 4/3 3/2 2/1
"""


@pytest.mark.parametrize("shape", SHAPES.split())
def test_every_shape_of_pixels_that_has_a_number(shape: str) -> None:
    sps = h264.parse_sps(encode(width=32, height=32, count=1, params=f"sar={shape}").sets[0])
    assert "{}/{}".format(*sps.aspect) == shape


def test_several_picture_sets_stand_in_one_config() -> None:
    sps, pps = encode().sets
    more = bytes([pps[0], 0x40 | pps[1] >> 1]) + pps[2:]
    record = in_box(h264.config(sps, pps, more))
    assert record[6 + 2 + len(sps)] == 2
    assert record.index(pps) < record.index(more)


@pytest.mark.parametrize("tail", [b"\0", b"\0\0\0", b"\xaa\x55\x01", b"\x80", b"\0\0\3\0"])
def test_row_22_bytes_behind_the_sps_do_not_belong_to_it(stream: Stream, tail: bytes) -> None:
    sps = stream.sets[0]
    assert h264.trim(sps + tail) == sps
    assert h264.config(sps + tail, *stream.sets[1:]) == h264.config(*stream.sets)


def test_row_22_a_vui_that_breaks_off_says_nothing() -> None:
    sps, _ = encode(width=642, height=362, count=3).sets
    whole = h264.parse_sps(sps)
    for cut in range(len(sps) - 1, 12, -1):
        broken = sps[:cut]
        assert (h264.parse_sps(broken).width, h264.parse_sps(broken).height) == (642, 362)
        assert h264.parse_sps(broken).reorder_depth in (0, whole.reorder_depth)
        assert h264.trim(broken) == broken.rstrip(b"\0")


def test_row_15_a_frame_rate_nobody_set_is_not_believed() -> None:
    """time_scale 180000 with num_units 1 would be 90000 frames a second."""
    sps = bytearray(encode(params="bframes=0").sets[0])
    ticks = b"\0\0\3\0\1\0\0\3\0\x32"
    assert ticks not in sps  # bit-packed: the fields do not start at a byte
    bits = f"{int.from_bytes(unescape(bytes(sps)), 'big'):b}".zfill(8 * len(unescape(bytes(sps))))
    timing = f"{1:032b}{50:032b}"
    assert bits.count(timing) == 1
    absurd = bits.replace(timing, f"{1:032b}{180000:032b}")
    changed = int(absurd, 2).to_bytes(len(absurd) // 8, "big")
    assert h264.parse_sps(changed).frame_ticks == 0
    assert h264.parse_sps(changed).reorder_depth == 0


@pytest.mark.parametrize(
    ("nal", "sentence"),
    [
        (b"", "no SPS"),
        (b"\x68\xce\x0f\xc8", "no SPS"),
        (b"\x67", "ends too early"),
        (b"\x67\x64\0\x1f" + b"\0" * 40, "more than 32 bits"),
        (b"\x67" + b"\x64" * 5000, "limit"),
    ],
)
def test_what_is_no_sps_is_refused_in_a_sentence(nal: bytes, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        h264.parse_sps(nal)


def test_a_picture_cropped_to_nothing_is_refused() -> None:
    bits = "".join(
        (
            f"{66:08b}{0:08b}{30:08b}",
            "1",  # id 0
            "1",  # log2_max_frame_num
            "011",  # picture order type 2
            "1",  # reference frames
            "0",
            "1",  # 16 pixels wide
            "1",  # 16 pixels high
            "1",  # frames only
            "0",
            "1",  # cropped
            "1",
            "0001001",  # by 2 * 8 on the right
            "1",
            "1",
            "01",  # no VUI, stop
        )
    )
    octets = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2)
    nal = b"\x67" + octets.to_bytes(-(-len(bits) // 8), "big")
    with pytest.raises(MediaError, match="0x16"):
        h264.parse_sps(nal)


def test_too_many_picture_sets_are_refused() -> None:
    sps, pps = encode().sets
    with pytest.raises(MediaError, match="256"):
        h264.config(sps, *[pps] * 256)


def test_a_bit_reader_counts_what_is_left() -> None:
    bits = BitReader(b"\xa6\x42\x98\xe2\x04\x8a", "example")
    # The table of ITU-T H.264, 9.1: 1 010 011 00100 00101 00110 00111 0001000 0001001 0001010.
    assert [bits.unsigned() for _ in range(9)] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert bits.left == 7
