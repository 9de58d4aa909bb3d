"""H.265 out of RTP: as the standard has it, and as cameras break it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from nvr_core.media import access_unit, h265
from nvr_core.media.errors import MediaError
from nvr_core.media.sdp import MediaDescription
from tests.core.media.sinks import Given, Payload, begin, described, expected, feed, sent
from tests.core.media.streams import Stream, encode
from tests.core.media.wire import aggregation, fu, rewritten, stored

X265: dict[str, Any] = {"codec": "libx265", "preset": "ultrafast"}
GOPS = "keyint=5:min-keyint=5:scenecut=0"
STREAMS: dict[str, dict[str, Any]] = {
    "plain": {**X265, "params": f"{GOPS}:bframes=0"},
    "B-frames": {**X265, "params": f"{GOPS}:bframes=3:b-adapt=0:open-gop=0"},
    "open GOPs": {**X265, "params": f"{GOPS}:bframes=3:b-adapt=0:open-gop=1"},
    "several slices": {**X265, "height": 192, "params": f"{GOPS}:bframes=0:slices=3"},
    "delimiters": {**X265, "params": f"{GOPS}:bframes=0:aud=1"},
}

SLICE, LATER_SLICE = b"\x02\x01\xd0\x11\x22", b"\x02\x01\x50\x33\x44"
IDR, CRA = b"\x26\x01\xaf\x55\x66", b"\x2a\x01\xaf\x77\x88"
SEI, RECOVERY = b"\x4e\x01\x05\x02\xaa\xbb\x80", b"\x4e\x01\x06\x02\x80\x40\x80"
SUFFIX_SEI = b"\x50\x01\x84\x01\x77\x80"
DELIMITER, FILLER, END = b"\x46\x01\x50", b"\x4c\x01\xff\xff\x80", b"\x48\x01\x00"


@pytest.fixture(params=list(STREAMS.values()), ids=list(STREAMS))
def stream(request: pytest.FixtureRequest) -> Stream:
    return encode(**request.param)


@pytest.fixture
def sets() -> tuple[bytes, ...]:
    return encode(**X265).sets


@pytest.fixture
def track(sets: tuple[bytes, ...]) -> MediaDescription:
    """A track whose SDP says everything."""
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    texts = (base64.b64encode(nal).decode() for nal in sets)
    return described("H265", dict(zip(names, texts, strict=True)))


def kept(stream: Stream) -> list[Given]:
    """What a sink should get: no delimiters."""
    return [
        Given(
            unit.pts, unit.key, stored(*(nal for nal in unit.nals if stream.kind(nal) != 35)), False
        )
        for unit in stream.units
    ]


@pytest.mark.parametrize("size", [20, 137, 1400, 60000])
@pytest.mark.parametrize("marked", [True, False])
def test_every_frame_of_an_encoder_arrives_as_it_was(
    stream: Stream, size: int, marked: bool
) -> None:
    sink = feed(described("H265"), sent(stream, size, marked=marked))
    assert sink.frames == kept(stream)
    assert [frame.key for frame in sink.frames].count(True) >= 2
    assert sink.configs == [h265.config(*stream.sets)]


def test_frames_arrive_as_they_were_for_ever(stream: Stream) -> None:
    """The search for start codes ends after some slices: what comes then lies where it came."""
    times = 2 + access_unit.SCANNED // len(stream.units)
    span = stream.units[-1].pts + 90_000
    once = sent(stream, 100)
    again = [(n * span + time, part, mark) for n in range(times) for time, part, mark in once]
    wanted = [
        frame._replace(pts=n * span + frame.pts) for n in range(times) for frame in kept(stream)
    ]
    sink = feed(described("H265"), again)
    assert sink.frames == wanted
    assert len(sink.configs) == 1


def test_parameter_sets_and_key_frame_in_one_packet(sets: tuple[bytes, ...]) -> None:
    packet = aggregation(DELIMITER, *sets, SEI, IDR, SUFFIX_SEI, FILLER, END)
    sink = feed(described("H265"), [(0, packet, True)])
    assert sink.all == [
        h265.config(*sets),
        Given(0, True, stored(SEI, IDR, SUFFIX_SEI, END), False),
    ]


def test_a_unit_in_one_fragment_is_whole(track: MediaDescription) -> None:
    (both,) = fu(IDR, 100)
    assert feed(track, [(0, both, True)]).frames == [Given(0, True, stored(IDR), False)]


@pytest.mark.parametrize(
    ("nals", "key"),
    [
        ([SLICE], False),
        ([SEI, SLICE], False),
        ([RECOVERY, SLICE], True),
        ([IDR], True),
        ([CRA], True),
        *(([bytes([kind << 1]) + IDR[1:]], 16 <= kind <= 21) for kind in (0, 9, 15, 16, 20, 22)),
    ],
)
def test_where_decoding_may_start(track: MediaDescription, nals: list[bytes], key: bool) -> None:
    sink = feed(track, [(0, nal, nal is nals[-1]) for nal in nals])
    assert [frame.key for frame in sink.frames] == [key]


def test_row_5_an_sei_marked_as_a_frame_belongs_to_the_next_slice(track: MediaDescription) -> None:
    sink = feed(track, [(0, SEI, True), (0, IDR, True), (1, SLICE, True)])
    assert sink.frames[0] == Given(0, True, stored(SEI, IDR), False)


def test_row_8_nothing_is_given_before_all_parameter_sets(sets: tuple[bytes, ...]) -> None:
    packets: list[Payload] = [(0, IDR, True)]
    for time, nal in enumerate(sets, 1):
        packets += [(time, nal, False), (time, IDR, True)]
    sink = feed(described("H265"), packets)
    assert sink.all == [h265.config(*sets), Given(3, True, stored(IDR), False)]


def test_row_9_parameter_sets_in_the_sdp_only(track: MediaDescription) -> None:
    stream = encode(**X265)
    sink = feed(track, sent(stream, 300, sets=False))
    assert (sink.configs, sink.frames) == ([h265.config(*stream.sets)], expected(stream))


def test_row_10_a_change_is_told_before_the_first_frame_of_it() -> None:
    small = encode(**X265, params=f"{GOPS}:bframes=0")
    large = encode(**X265, width=320, height=192, params=f"{GOPS}:bframes=0")
    end = small.units[-1].pts + 3600
    both = sent(small, 300) + [(end + time, part, mark) for time, part, mark in sent(large, 300)]
    sink = feed(described("H265"), both)
    assert [(config.width, config.height) for config in sink.configs] == [(160, 96), (320, 192)]
    assert sink.all.index(sink.configs[1]) == 1 + len(small.units)
    assert len(sink.frames) == len(small.units) + len(large.units)


@pytest.mark.parametrize(
    ("nal", "width"),
    [
        # first_slice_segment_in_pic_flag 1, then (where decoding may start) one flag more, then
        # slice_pic_parameter_set_id 0 or 1 in Exp-Golomb bits.
        (b"\x26\x01\xa8\xff", 160),
        (b"\x26\x01\x90\xff", 320),
        (b"\x02\x01\xc8\xff", 160),
        (b"\x02\x01\xa0\xff", 320),
    ],
)
def test_a_config_follows_the_parameter_set_that_the_slice_names(
    sets: tuple[bytes, ...], nal: bytes, width: int
) -> None:
    vps, sps, pps = sets
    sps_1 = rewritten(encode(**X265, width=320, height=192).sets[1], 120, "1", "010")
    pps_1 = rewritten(pps, 16, "11", "010010")
    assert h265.parse_sps(sps_1).number == 1
    assert h265.parse_pps(pps_1) == (1, 1)
    for order in ((sps, sps_1, pps, pps_1), (sps_1, sps, pps_1, pps)):
        packet = aggregation(vps, *order)
        sink = feed(described("H265"), [(0, packet, False), (0, nal, True)])
        assert [config.width for config in sink.configs] == [width]


def test_a_unit_of_type_0_that_never_ended_is_dropped(track: MediaDescription) -> None:
    """0 is a type of slices, not the absence of one."""
    start = fu(b"\x00\x01" + bytes(range(0x50, 0x70)), 8)[0]
    for rest in ([IDR], fu(IDR * 4, 8)):
        packets = [(0, start, False), *((0, part, part is rest[-1]) for part in rest)]
        wanted = stored(IDR) if len(rest) == 1 else stored(IDR * 4)
        assert feed(track, packets).frames == [Given(0, True, wanted, True)]


def test_row_18_damaged_parameter_sets_of_the_sdp_are_left_to_the_stream(
    sets: tuple[bytes, ...],
) -> None:
    fmtp = {"sprop-vps": "!!!", "sprop-sps": "Qg", "sprop-pps": base64.b64encode(sets[1]).decode()}
    stream = encode(**X265)
    sink = feed(described("H265", fmtp), sent(stream, 300))
    assert (sink.configs, sink.frames) == ([h265.config(*sets)], expected(stream))


def test_row_18_parameter_sets_with_start_codes_or_without_padding_are_read(
    sets: tuple[bytes, ...],
) -> None:
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    texts = [base64.b64encode(b"\0\0\0\1" + nal).decode().rstrip("=") for nal in sets]
    sink = feed(described("H265", dict(zip(names, texts, strict=True))), [(0, IDR, True)])
    assert sink.configs == [h265.config(*sets)]


def test_row_22_start_codes_inside_a_unit_part_it(sets: tuple[bytes, ...]) -> None:
    glued = b"\0\0\0\1".join((*sets, SEI, IDR, LATER_SLICE))
    for packets in ([glued], fu(glued, 7), [b"\0\0\0\1" + glued], [b"\0\0\1" + glued]):
        sink = feed(
            described("H265"), [(0, p, n == len(packets) - 1) for n, p in enumerate(packets)]
        )
        assert sink.all == [
            h265.config(*sets),
            Given(0, True, stored(SEI, IDR, LATER_SLICE), False),
        ]


def test_row_22_a_leading_start_code_is_no_slice(track: MediaDescription) -> None:
    """Its first byte reads as a slice of type 0, also when slices are searched no more."""
    count = access_unit.SCANNED + 5
    sink = feed(
        track, [(time, SLICE, True) for time in range(count)] + [(count, b"\0\0\0\1" + IDR, True)]
    )
    assert sink.frames[-1] == Given(count, True, stored(IDR), False)


def test_row_22_empty_fragments_change_nothing(track: MediaDescription) -> None:
    parts = fu(IDR, 1)
    empty = parts[1][:3]
    packets = [parts[0], empty, *parts[1:-1], b"", empty, b"\x62\x01", parts[-1], b""]
    sink = feed(track, [(0, p, n == len(packets) - 1) for n, p in enumerate(packets)])
    assert sink.frames == [Given(0, True, stored(IDR), False)]


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_row_22_a_unit_with_a_hole_is_dropped_and_its_frame_marked(
    track: MediaDescription, missing: int
) -> None:
    parts = fu(LATER_SLICE + bytes(range(1, 9)), 3)
    assert len(parts) == 4
    packets: list[Payload] = [(0, IDR, False)]
    packets += [(0, part, n == 3) for n, part in enumerate(parts)]
    packets += [(1, SLICE, True)]
    sink = feed(track, packets, [missing])
    assert sink.frames == [Given(0, True, stored(IDR), True), Given(1, False, stored(SLICE), False)]


def test_a_frame_that_lost_its_head_is_damaged_and_one_behind_a_gap_is_not(
    track: MediaDescription,
) -> None:
    packets: list[Payload] = [
        (0, IDR, True), (1, SLICE, False), (1, LATER_SLICE, True), (2, SLICE, True),
    ]  # fmt: skip
    for missing, damaged in (([1], [False, True, False]), ([1, 2], [False, False])):
        sink = feed(track, packets, missing)
        assert [frame.damaged for frame in sink.frames] == damaged


def test_the_marker_ends_a_unit_whose_end_bit_is_missing(track: MediaDescription) -> None:
    parts = fu(IDR * 4, 8)
    parts[-1] = parts[-1][:2] + bytes([parts[-1][2] & 0x3F]) + parts[-1][3:]
    packets = [(0, p, n == len(parts) - 1) for n, p in enumerate(parts)]
    assert feed(track, packets).frames == [Given(0, True, stored(IDR * 4), False)]


def test_a_packet_of_several_that_breaks_off_is_damaged(track: MediaDescription) -> None:
    broken = aggregation(SEI, IDR) + b"\0\x20\x02"
    assert feed(track, [(0, broken, True)]).frames == [Given(0, True, stored(SEI, IDR), True)]


@pytest.mark.parametrize("kind", [50, 51, 63])
def test_forms_that_are_not_understood_are_passed_over(track: MediaDescription, kind: int) -> None:
    strange = bytes([kind << 1, 1]) + b"\0\1\2\3\4\5"
    packets: list[Payload] = [(0, strange, False), (0, IDR, True), (1, strange, True)]
    assert feed(track, packets).frames == [Given(0, True, stored(IDR), False)]


def test_a_frame_without_end_is_refused(track: MediaDescription) -> None:
    start, middle = fu(IDR[:2] + bytes(range(1, 251)) * 600, 60000)[:2]
    whole = IDR[:2] + bytes(range(1, 251)) * 240
    count = (16 << 20) // 60000
    for first, other in ((start, middle), (whole, whole)):
        _, depacketizer = begin(track)
        for packet in [first] + [other] * (count - 1):
            depacketizer.packet(packet, 0, len(packet), 0, False, False)
        with pytest.raises(MediaError, match="16 MiB"):
            depacketizer.packet(other, 0, len(other), 0, False, False)
