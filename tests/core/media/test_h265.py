"""H.265 parameter sets as encoders and cameras write them, against what FFmpeg reads in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nvr_core.media import boxes, h265
from nvr_core.media.errors import MediaError
from nvr_core.media.track import TrackConfig
from tests.core.media.streams import Stream, config_box, dash_name, encode, probed
from tests.core.media.wire import nal_of

X265: dict[str, Any] = {"codec": "libx265", "preset": "ultrafast", "count": 6}
STREAMS: dict[str, dict[str, Any]] = {
    "plain": X265,
    "B-frames": {**X265, "params": "bframes=3:b-adapt=0"},
    "no B-frames": {**X265, "params": "bframes=0"},
    "cropped on both sides": {**X265, "width": 642, "height": 358, "count": 3},
    "10 bits": {**X265, "form": "yuv420p10le"},
    "4:2:2": {**X265, "form": "yuv422p", "width": 162, "height": 98},
    "4:4:4": {**X265, "form": "yuv444p", "width": 162, "height": 98},
    "oblong pixels": {**X265, "params": "sar=4"},
    "scaling lists": {**X265, "params": "scaling-list=default"},
    "several layers": {**X265, "params": "temporal-layers=2:bframes=3:b-adapt=0"},
    "buffering described": {
        **X265,
        "params": "hrd=1:bitrate=500:vbv-maxrate=500:vbv-bufsize=500",
    },
    "colours described": {
        **X265,
        "params": "overscan=show:videoformat=pal:range=full:colorprim=bt709:chromaloc=2",
    },
    "four slices": {**X265, "params": "slices=4"},
}


@pytest.fixture(params=list(STREAMS.values()), ids=list(STREAMS))
def stream(request: pytest.FixtureRequest) -> Stream:
    return encode(**request.param)


def in_box(config: TrackConfig) -> bytes:
    """hvcC inside the sample entry."""
    entry = next(boxes.walk(config.sample_entry))
    found = next(
        b for b in boxes.walk(config.sample_entry, entry.body + 78, entry.end) if b.kind == b"hvcC"
    )
    return config.sample_entry[found.body : found.end]


def test_ffprobe_sees_the_same_stream(stream: Stream, tmp_path: Path) -> None:
    said = probed(stream, tmp_path)
    sps = h265.parse_sps(stream.sets[1])
    assert (sps.width, sps.height) == (said["width"], said["height"])
    assert sps.profile.level == said["level"]
    assert sps.reorder_depth == said["has_b_frames"]
    across, down = said.get("sample_aspect_ratio", "1:1").split(":")
    assert sps.aspect == (int(across), int(down))
    rate, per = said["r_frame_rate"].split("/")
    assert sps.frame_ticks == 90000 * int(per) // int(rate)


def test_ffmpeg_writes_the_same_config_and_name(stream: Stream, tmp_path: Path) -> None:
    config = h265.config(*stream.sets)
    ours, theirs = bytearray(in_box(config)), bytearray(config_box(stream))
    # Two fields that readers must not need (min_spatial_segmentation_idc, parallelismType):
    # FFmpeg reads them out of the VUI and PPS, ours say "unknown".
    ours[13:16] = theirs[13:16] = b"\xf0\0\xfc"
    assert ours == theirs
    # FFmpeg names the first of the constraint bytes only, in small letters.
    assert config.codec_string.lower().startswith(dash_name(stream, tmp_path).lower())


def test_config_carries_what_the_sps_says() -> None:
    config = h265.config(*encode(**X265).sets)
    assert (config.codec, config.timescale) == ("h265", 90000)
    assert (config.width, config.height, config.frame_ticks) == (160, 96, 3600)
    entry = next(boxes.walk(config.sample_entry))
    assert (entry.kind, entry.end) == (b"hvc1", len(config.sample_entry))


def test_names_follow_the_standards_examples() -> None:
    """ISO/IEC 14496-15, E.3: hvc1.1.6.L93.B0 and hev1.A4.41.H120.B0.23."""
    main = h265.Profile(
        space=0, tier=0, number=1, compatibility=0x60000000, constraints=0xB0 << 40, level=93
    )
    assert h265.codec_string(main) == "hvc1.1.6.L93.B0"
    odd = h265.Profile(
        space=1,
        tier=1,
        number=4,
        compatibility=0x82000000,
        constraints=0xB023 << 32,
        level=120,
    )
    assert h265.codec_string(odd) == "hvc1.A4.41.H120.B0.23"


def test_row_22_zero_bytes_behind_the_sps_do_not_belong_to_it() -> None:
    vps, sps, pps = encode(**X265).sets
    assert h265.config(vps + b"\0", sps + b"\0\0", pps + b"\0") == h265.config(vps, sps, pps)
    assert h265.parse_sps(sps + b"\xaa\x55\x01") == h265.parse_sps(sps)


def test_row_22_what_breaks_off_behind_the_picture_size_says_nothing() -> None:
    sps = encode(**{**X265, "params": "bframes=3:b-adapt=0"}).sets[1]
    whole = h265.parse_sps(sps)
    understood = 0
    for cut in range(len(sps) - 1, 0, -1):
        try:
            broken = h265.parse_sps(sps[:cut])
        except MediaError:
            break
        understood += 1
        assert (broken.width, broken.height) == (160, 96)
        assert broken.reorder_depth == whole.reorder_depth
        assert broken.frame_ticks in (0, 3600)
    assert understood > 10


def ue(number: int) -> str:
    """Exp-Golomb (9.2)."""
    return f"{number + 1:b}".zfill(2 * (number + 1).bit_length() - 1)


SCALING = "".join(
    # One list of each size is spelt out, the others refer to it.
    "1" + (ue(0) if size > 1 else "") + "1" * min(64, 16 << 2 * size) + ("0" + ue(0)) * rest
    for size, rest in ((0, 5), (1, 5), (2, 5), (3, 1))
)
SETS_OF_REFERENCES = (
    ue(3)
    + ue(2) + ue(1) + (ue(0) + "1") * 3  # three pictures said one by one
    + "1" + "0" + ue(0) + "1" + "01" + "00" + "1"  # then all but one of them and the one before
    + "1" + "1" + ue(3) + "1" * 4  # and all of those
)  # fmt: skip


@pytest.mark.parametrize(
    ("lists", "pcm", "references", "long_term"),
    [
        ("0", "0", ue(0), "0"),
        ("10", "0", ue(0), "0"),
        ("11" + SCALING, "0", ue(0), "0"),
        ("0", "1" + "0111" * 2 + ue(0) + ue(0) + "0", ue(0), "0"),
        ("0", "0", SETS_OF_REFERENCES, "0"),
        ("0", "0", ue(0), "1" + ue(2) + "000011110" * 2),
    ],
    ids=["none", "default lists", "lists", "PCM", "reference sets", "long-term references"],
)
def test_the_timing_is_found_behind_every_list(
    lists: str, pcm: str, references: str, long_term: str
) -> None:
    """7.3.2.2.1, written out bit by bit: what stands before the VUI must be passed over exactly."""
    bits = "".join(
        (
            "0000" + "000" + "1",
            f"{1:08b}{0x60000000:032b}{0:048b}{93:08b}",
            ue(0) + ue(1) + ue(320) + ue(240) + "0",
            ue(0) + ue(0) + ue(4),  # 8 bits of picture order count
            "1" + ue(4) + ue(2) + ue(0),
            ue(0) * 6,
            lists,
            "00",
            pcm,
            references,
            long_term,
            "00",
            "1" + "0" * 4 + "000" + "0",
            f"1{1001:032b}{30000:032b}" + "00" + "0",
            "0" + "1",
        )
    )
    sps = h265.parse_sps(nal_of(f"{0x4201:016b}" + bits))
    assert (sps.width, sps.height, sps.reorder_depth) == (320, 240, 2)
    assert sps.frame_ticks == 3003


@pytest.mark.parametrize(
    ("nal", "sentence"),
    [
        (b"", "no SPS"),
        (b"\x40\x01\x0c\x01", "no SPS"),
        (b"\x42\x01\x01", "ends too early"),
        (b"\x42\x01" + b"\x01" * 5000, "limit"),
    ],
)
def test_what_is_no_sps_is_refused_in_a_sentence(nal: bytes, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        h265.parse_sps(nal)
