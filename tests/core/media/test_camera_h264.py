"""H.264 as cameras send it in spite of the standard: the rows of the list of known faults."""

from __future__ import annotations

from nvr_core.media import access_unit, h264
from nvr_core.media.sdp import MediaDescription
from tests.core.media.sinks import (
    Given,
    Payload,
    begin,
    described,
    expected,
    feed,
    sent,
)
from tests.core.media.streams import encode
from tests.core.media.wire import IDR, LATER_SLICE, SEI, SLICE, fu_a, rewritten, stap_a, stored

GOPS = "keyint=5:min-keyint=5:scenecut=0"


def test_row_5_an_sei_marked_as_a_frame_belongs_to_the_next_slice(
    h264_track: MediaDescription,
) -> None:
    sink = feed(h264_track, [(0, SEI, True), (0, IDR, True), (1, SEI, True), (2, SLICE, True)])
    assert sink.frames == [
        Given(0, True, stored(SEI, IDR), False),
        Given(2, False, stored(SLICE), False),
    ]


def test_row_5_pieces_of_one_picture_keep_its_time(h264_track: MediaDescription) -> None:
    """A marker on each slice: the fragmenter joins what has the same time."""
    sink = feed(h264_track, [(0, IDR, True), (0, LATER_SLICE, True), (1, SLICE, True)])
    assert [(frame.pts, frame.damaged) for frame in sink.frames] == [
        (0, False),
        (0, False),
        (1, False),
    ]


def test_row_8_nothing_is_given_before_its_parameter_sets(h264_sets: tuple[bytes, ...]) -> None:
    sps, pps = h264_sets
    sent: list[Payload] = [
        (0, IDR, True), (1, sps, False), (1, IDR, True), (2, pps, True), (3, SLICE, True),
    ]  # fmt: skip
    sink = feed(described("H264"), sent)
    assert sink.all == [h264.config(sps, pps), Given(3, False, stored(SLICE), False)]


def test_row_9_parameter_sets_in_the_sdp_only(h264_track: MediaDescription) -> None:
    stream = encode()
    sink = feed(h264_track, sent(stream, 300, sets=False))
    assert sink.configs == [h264.config(*stream.sets)]
    assert sink.frames == expected(stream)


def test_row_10_a_change_is_told_before_the_first_frame_of_it() -> None:
    small = encode(params=f"{GOPS}:bframes=0")
    large = encode(width=320, height=192, params=f"{GOPS}:bframes=0")
    end = small.units[-1].pts + 3600
    both = sent(small, 300) + [(end + time, part, mark) for time, part, mark in sent(large, 300)]
    sink = feed(described("H264"), both)
    assert [(config.width, config.height) for config in sink.configs] == [(160, 96), (320, 192)]
    assert sink.all.index(sink.configs[1]) == 1 + len(small.units)
    assert [frame.data for frame in sink.frames] == [
        unit.stored for unit in (*small.units, *large.units)
    ]


def test_row_10_a_change_does_not_touch_a_frame_that_was_not_marked(
    h264_sets: tuple[bytes, ...],
) -> None:
    """Without markers the new parameter sets come while the old frame still waits."""
    other = encode(width=320, height=192).sets
    sent: list[Payload] = [
        (0, stap_a(*h264_sets), False),
        (0, IDR, False),
        (0, stap_a(*other), False),
        (1, IDR, False),
    ]
    sink = feed(described("H264"), sent)
    assert [type(item).__name__ for item in sink.all] == ["TrackConfig", "Given"] * 2
    assert [config.width for config in sink.configs] == [160, 320]


def test_a_config_follows_the_parameter_set_that_the_slice_names(
    h264_sets: tuple[bytes, ...],
) -> None:
    """Two sets of everything are known; the slice says which one it uses."""
    sps, pps = h264_sets
    sps_1 = rewritten(encode(width=320, height=192).sets[0], 32, "1", "010")
    pps_1 = rewritten(pps, 8, "11", "010010")
    assert h264.parse_sps(sps_1).number == 1
    assert h264.parse_pps(pps_1) == h264.Pps(number=1, sps=1)
    all_sets = stap_a(sps, sps_1, pps_1, pps)
    # first_mb_in_slice 0, slice_type 7, then pic_parameter_set_id 0 or 1 in Exp-Golomb bits.
    for nal, width in ((b"\x65\x88\x80\xff", 160), (b"\x65\x88\x40\xff", 320)):
        sink = feed(described("H264"), [(0, all_sets, False), (0, nal, True)])
        assert [config.width for config in sink.configs] == [width]


def test_row_22_start_codes_inside_a_unit_part_it(h264_sets: tuple[bytes, ...]) -> None:
    sps, pps = h264_sets
    glued = b"\0\0\0\1".join((sps, pps, SEI, IDR, LATER_SLICE))
    for packets in ([glued], fu_a(glued, 7), [b"\0\0\0\1" + glued], [b"\0\0\1" + glued]):
        sink = feed(
            described("H264"), [(0, p, n == len(packets) - 1) for n, p in enumerate(packets)]
        )
        assert sink.all == [
            h264.config(sps, pps),
            Given(0, True, stored(SEI, IDR, LATER_SLICE), False),
        ]


def test_row_22_start_codes_between_slices_go_on_for_ever(h264_track: MediaDescription) -> None:
    """The search must not end with a camera that does it all the time."""
    glued = SLICE + b"\0\0\1" + LATER_SLICE
    count = 3 * access_unit.SCANNED
    sink = feed(h264_track, [(time, glued, True) for time in range(count)])
    assert [frame.data for frame in sink.frames] == [stored(SLICE, LATER_SLICE)] * count


def test_row_22_slices_are_not_searched_for_ever(h264_track: MediaDescription) -> None:
    sink, depacketizer = begin(h264_track)
    for time in range(access_unit.SCANNED):
        depacketizer.packet(SLICE, 0, len(SLICE), time, True, False)
    glued = SLICE + b"\0\0\1" + LATER_SLICE
    depacketizer.packet(glued, 0, len(glued), 1000, True, False)
    assert sink.frames[-1].data == stored(glued)


def test_row_22_empty_fragments_change_nothing(h264_track: MediaDescription) -> None:
    parts = fu_a(IDR, 2)
    empty = bytes([parts[1][0], parts[1][1]])
    packets = [parts[0], empty, *parts[1:-1], b"", empty, b"\x7c", parts[-1], b""]
    sink = feed(h264_track, [(0, p, n == len(packets) - 1) for n, p in enumerate(packets)])
    assert sink.frames == [Given(0, True, stored(IDR), False)]


def test_row_22_bytes_behind_the_sps_make_no_other_stream(h264_track: MediaDescription) -> None:
    stream = encode()
    sps, pps = stream.sets
    packets = [(0, stap_a(sps + b"\xaa\x55\x01", pps + b"\0"), False), *sent(stream, 500)]
    assert feed(h264_track, packets).configs == [h264.config(sps, pps)]


def test_a_damaged_parameter_set_does_not_replace_a_good_one(h264_track: MediaDescription) -> None:
    packets: list[Payload] = [
        (0, IDR, True), (1, b"\x67\x64", False), (1, b"\x68\x00", False), (1, IDR, True),
    ]  # fmt: skip
    sink = feed(h264_track, packets)
    assert (len(sink.configs), len(sink.frames)) == (1, 2)
