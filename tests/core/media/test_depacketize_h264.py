"""H.264 out of RTP as the standard has it, and what losses leave of it."""

from __future__ import annotations

from typing import Any

import pytest

from nvr_core.media import access_unit, h264
from nvr_core.media.errors import MediaError
from nvr_core.media.sdp import MediaDescription
from tests.core.media.sinks import (
    Given,
    Payload,
    begin,
    described,
    feed,
    payloads,
    sent,
)
from tests.core.media.streams import Stream, encode
from tests.core.media.wire import IDR, LATER_SLICE, RECOVERY, SEI, SLICE, fu_a, stap_a, stored

GOPS = "keyint=5:min-keyint=5:scenecut=0"
STREAMS: dict[str, dict[str, Any]] = {
    "plain": {"params": f"{GOPS}:bframes=0"},
    "B-frames": {"params": f"{GOPS}:bframes=3:b-adapt=0:b-pyramid=normal"},
    "four slices": {"params": f"{GOPS}:bframes=0:slices=4"},
    "delimiters and filler": {
        "params": f"{GOPS}:bframes=0:aud=1:nal-hrd=cbr:bitrate=900:vbv-maxrate=900:vbv-bufsize=900"
    },
    "no IDR but recovery points": {"params": f"{GOPS}:bframes=2:open-gop=1:b-adapt=0"},
}


@pytest.fixture(params=list(STREAMS.values()), ids=list(STREAMS))
def stream(request: pytest.FixtureRequest) -> Stream:
    return encode(**request.param)


def kept(stream: Stream) -> list[Given]:
    """What a sink should get: no delimiters, no filler."""
    frames = []
    for unit in stream.units:
        nals = [nal for nal in unit.nals if nal[0] & 31 not in (9, 12)]
        data = b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals)
        frames.append(Given(unit.pts, unit.key, data, False))
    return frames


@pytest.mark.parametrize("size", [20, 137, 1400, 60000])
def test_every_frame_of_an_encoder_arrives_as_it_was(stream: Stream, size: int) -> None:
    sink = feed(described("H264"), sent(stream, size))
    assert sink.frames == kept(stream)
    assert [frame.key for frame in sink.frames].count(True) >= 2
    assert sink.configs == [h264.config(*stream.sets)]


def test_every_frame_arrives_without_markers_too(stream: Stream) -> None:
    sink = feed(described("H264"), sent(stream, 300, marked=False))
    assert sink.frames == kept(stream)


def test_frames_arrive_as_they_were_for_ever(stream: Stream) -> None:
    """The search for start codes ends after some slices: what comes then lies where it came."""
    times = 2 + access_unit.SCANNED // len(stream.units)
    span = stream.units[-1].pts + 90_000
    once = sent(stream, 100)
    again = [(n * span + time, part, mark) for n in range(times) for time, part, mark in once]
    wanted = [
        frame._replace(pts=n * span + frame.pts) for n in range(times) for frame in kept(stream)
    ]
    sink = feed(described("H264"), again)
    assert sink.frames == wanted
    assert len(sink.configs) == 1


def test_a_unit_in_one_fragment_is_whole(h264_track: MediaDescription) -> None:
    """RFC 6184 forbids start and end in one fragment; cameras do it."""
    (both,) = fu_a(IDR, 100)
    assert both[1] & 0xC0 == 0xC0
    assert feed(h264_track, [(0, both, True)]).frames == [Given(0, True, stored(IDR), False)]


def test_parameter_sets_and_key_frame_in_one_packet(h264_sets: tuple[bytes, ...]) -> None:
    sink = feed(described("H264"), [(0, stap_a(b"\x09\x10", *h264_sets, SEI, IDR), True)])
    assert sink.all == [h264.config(*h264_sets), Given(0, True, stored(SEI, IDR), False)]


def test_parameter_sets_in_fragments(h264_sets: tuple[bytes, ...]) -> None:
    parts = [part for nal in (*h264_sets, IDR) for part in fu_a(nal, 3)]
    sink = feed(described("H264"), [(0, part, n == len(parts) - 1) for n, part in enumerate(parts)])
    assert sink.all == [h264.config(*h264_sets), Given(0, True, stored(IDR), False)]


@pytest.mark.parametrize(
    ("sei", "key"),
    [(SEI, False), (RECOVERY, True), (b"\x06\xff\xff\xff", False), (b"\x06\x06", False)],
)
def test_a_recovery_point_is_a_key_frame(
    h264_track: MediaDescription, sei: bytes, key: bool
) -> None:
    sink = feed(h264_track, [(0, sei, False), (0, SLICE, True), (1, SLICE, True)])
    assert [frame.key for frame in sink.frames] == [key, False]


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_row_22_a_unit_with_a_hole_is_dropped_and_its_frame_marked(
    h264_track: MediaDescription, missing: int
) -> None:
    """The slice beside the broken one survives."""
    parts = fu_a(LATER_SLICE + bytes(range(1, 9)), 3)
    assert len(parts) == 4
    packets: list[Payload] = [(0, IDR, False)]
    packets += [(0, part, n == 3) for n, part in enumerate(parts)]
    packets += [(1, SLICE, True)]
    sink = feed(h264_track, packets, [missing])
    assert sink.frames == [Given(0, True, stored(IDR), True), Given(1, False, stored(SLICE), False)]


def test_a_frame_that_lost_its_head_is_damaged_and_one_behind_a_gap_is_not(
    h264_track: MediaDescription,
) -> None:
    packets: list[Payload] = [
        (0, IDR, True),
        (1, SLICE, False), (1, LATER_SLICE, True),
        (2, SLICE, False), (2, LATER_SLICE, True),
        (3, SLICE, True),
    ]  # fmt: skip
    lost_head = feed(h264_track, packets, [1])
    assert [(frame.pts, frame.damaged) for frame in lost_head.frames] == [
        (0, False), (1, True), (2, False), (3, False),
    ]  # fmt: skip
    lost_tail = feed(h264_track, packets, [2])
    assert [(frame.pts, frame.damaged) for frame in lost_tail.frames] == [
        (0, False), (1, True), (2, False), (3, False),
    ]  # fmt: skip
    lost_whole = feed(h264_track, packets, [1, 2])
    assert [(frame.pts, frame.damaged) for frame in lost_whole.frames] == [
        (0, False), (2, False), (3, False),
    ]  # fmt: skip


def test_a_fragment_that_starts_before_the_last_one_ended_drops_that(
    h264_track: MediaDescription,
) -> None:
    first, second = fu_a(SLICE * 4, 8)[:2], fu_a(IDR * 4, 8)
    packets = [(0, p, False) for p in first] + [(0, p, p == second[-1]) for p in second]
    assert feed(h264_track, packets).frames == [Given(0, True, stored(IDR * 4), True)]


def test_a_fragment_without_a_start_is_passed_over(h264_track: MediaDescription) -> None:
    packets = [(0, p, False) for p in fu_a(SLICE * 4, 8)[1:]] + [(0, IDR, True)]
    assert feed(h264_track, packets).frames == [Given(0, True, stored(IDR), True)]


def test_the_marker_ends_a_unit_whose_end_bit_is_missing(h264_track: MediaDescription) -> None:
    parts = fu_a(IDR * 4, 8)
    parts[-1] = bytes([parts[-1][0], parts[-1][1] & 0x1F]) + parts[-1][2:]
    packets = [(0, p, n == len(parts) - 1) for n, p in enumerate(parts)]
    assert feed(h264_track, packets).frames == [Given(0, True, stored(IDR * 4), False)]


def test_a_packet_of_several_that_breaks_off_is_damaged(h264_track: MediaDescription) -> None:
    broken = stap_a(SEI, IDR) + b"\0\x20\x41"
    assert feed(h264_track, [(0, broken, True)]).frames == [Given(0, True, stored(SEI, IDR), True)]


@pytest.mark.parametrize("kind", [0, 25, 26, 27, 29, 30, 31])
def test_forms_that_are_not_understood_are_passed_over(
    h264_track: MediaDescription, kind: int
) -> None:
    strange = bytes([0x60 | kind]) + b"\1\2\3\4\5"
    packets: list[Payload] = [(0, strange, False), (0, IDR, True), (1, strange, True)]
    assert feed(h264_track, packets).frames == [Given(0, True, stored(IDR), False)]


def test_what_was_not_marked_is_not_whole_where_markers_are_used(
    h264_track: MediaDescription,
) -> None:
    packets: list[Payload] = [(0, IDR, True), (1, SLICE, False)]
    assert [frame.pts for frame in feed(h264_track, packets).frames] == [0]
    open_end = [(0, IDR, False), (1, fu_a(SLICE * 4, 8)[0], False)]
    assert [frame.pts for frame in feed(h264_track, open_end).frames] == [0]


def test_a_frame_without_end_is_refused(h264_track: MediaDescription) -> None:
    start, middle = fu_a(bytes([0x65]) + bytes(range(1, 251)) * 600, 60000)[:2]
    whole = bytes([0x65]) + bytes(range(1, 251)) * 240
    count = (16 << 20) // 60000
    for first, other in ((start, middle), (whole, whole)):
        _, depacketizer = begin(h264_track)
        for packet in [first] + [other] * (count - 1):
            depacketizer.packet(packet, 0, len(packet), 0, False, False)
        with pytest.raises(MediaError, match="16 MiB"):
            depacketizer.packet(other, 0, len(other), 0, False, False)


def test_the_sink_owns_what_it_is_given(h264_track: MediaDescription) -> None:
    """The receive buffer is used again at once, and the next frame is another object."""
    sink, depacketizer = begin(h264_track)
    buffer = bytearray(64)
    for time, nal in enumerate((IDR, SLICE)):
        for part in fu_a(nal * 3, 6):
            buffer[: len(part)] = part
            depacketizer.packet(buffer, 0, len(part), time, bool(part[1] & 0x40), False)
            buffer[:] = b"\xee" * 64
    assert [frame.data for frame in sink.frames] == [stored(IDR * 3), stored(SLICE * 3)]


def test_payloads_of_this_test_are_what_the_standard_says(stream: Stream) -> None:
    """The packets above are made by hand: FFmpeg-encoded units, the RFC's layout."""
    unit = next(unit for unit in stream.units if unit.key)
    first = payloads(stream, unit, 100)[0]
    assert first[0] & 31 == 24
    assert first[3] & 31 == 7
