"""A segment describes itself: what its boxes say, and that lies in them are refused."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media import boxes, segment
from nvr_core.media.errors import MediaError
from nvr_core.media.fragment import PRFT_SIZE
from tests.core.media.encoded import opening

texts = st.text(st.characters(codec="utf-8"), max_size=40)
i64 = st.integers(-(1 << 63), (1 << 63) - 1)
openings = st.builds(
    segment.Opening,
    camera=texts,
    stream=texts,
    run=texts,
    segment=texts,
    recorder_start=texts,
    sequence=st.integers(0, 1 << 40),
    start=i64,
    clock=st.builds(
        segment.ClockState, synchronised=st.booleans(), error_us=st.none() | st.integers(0, 1 << 40)
    ),
    codec=texts,
    software=texts,
    encryption=texts,
)
closings = st.builds(
    segment.Closing,
    start=i64,
    duration_us=st.integers(0, 1 << 40),
    frames=st.integers(0, 1 << 20),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    drift_ppm=st.floats(-1000, 1000),
    lost_packets=st.integers(0, 1 << 40),
    resyncs=st.integers(0, 1 << 40),
    damaged_frames=st.integers(0, 1 << 40),
    no_key=st.booleans(),
    repaired=st.booleans(),
    camera_clock=st.none() | st.tuples(i64, i64),
)


def payload(box: bytes) -> bytes:
    found = next(boxes.walk(box))
    assert found.kind == b"uuid"
    return box[found.body + 16 : found.end]


@given(openings)
def test_an_opening_comes_back_as_it_was_written(written: segment.Opening) -> None:
    assert segment.parse_opening(payload(segment.opening_box(written))) == written


@given(closings)
def test_a_closing_comes_back_as_it_was_written(written: segment.Closing) -> None:
    assert segment.parse_closing(payload(segment.closing_boxes(written, []))) == written


@given(st.binary(max_size=200) | st.recursive(st.none() | texts | i64, st.lists).map(json.dumps))
def test_no_payload_raises_anything_but_the_error_of_this_package(said: bytes | str) -> None:
    raw = said if isinstance(said, bytes) else said.encode()
    for parse in (segment.parse_opening, segment.parse_closing):
        with pytest.raises(MediaError):
            parse(raw)


@given(st.sampled_from(["camera", "sequence", "start", "clock", "codec"]), st.data())
def test_a_field_of_the_wrong_kind_is_named(field: str, data: st.DataObject) -> None:
    said: dict[str, Any] = json.loads(payload(segment.opening_box(opening())))
    wrong = st.lists(st.integers()) | st.none() | st.floats() | st.booleans()
    said[field] = data.draw(wrong)
    with pytest.raises(MediaError, match=field):
        segment.parse_opening(json.dumps(said).encode())


def test_nesting_and_size_are_bounded() -> None:
    with pytest.raises(MediaError, match="JSON"):
        segment.parse_opening(b"[" * 16_000)
    with pytest.raises(MediaError, match="at most"):
        segment.parse_opening(b" " * 20_000)
    with pytest.raises(MediaError, match="at most"):
        segment.opening_box(replace(opening(), software="x" * 20_000))


def entry(number: int, key: bool, shift: int = 0) -> segment.FragmentEntry:
    return segment.FragmentEntry(1000 + number * 500, 500, number * 9000, 9000, key, 2, shift)


def test_the_index_names_the_moof_of_each_key_frame_and_is_found_from_the_end() -> None:
    fragments = [entry(n, n % 3 == 0, 7200) for n in range(9)]
    closing = segment.Closing(start=0, duration_us=1, frames=18, sha256="0" * 64)
    written = segment.closing_boxes(closing, fragments)
    _, mfra = boxes.walk(written)
    assert int.from_bytes(written[-4:], "big") == mfra.end - mfra.start, "mfro: the size of mfra"
    tfra = boxes.find(written, b"mfra.tfra")
    assert tfra is not None
    version_flags, track, lengths, count = struct.unpack_from(">IIII", written, tfra.body)
    assert (version_flags, track, lengths, count) == (1 << 24, 1, 0, 3)
    rows = list(struct.iter_unpack(">QQBBB", written[tfra.body + 16 : tfra.end]))
    assert rows == [(f.start + 7200, f.offset + PRFT_SIZE, 1, 1, 1) for f in fragments if f.key]


def test_parts_go_from_key_frame_to_key_frame() -> None:
    fragments = [entry(n, n in (1, 4, 5)) for n in range(7)]
    assert segment.parts(fragments) == (
        (1000, 500, 0, 9000),
        (1500, 1500, 9000, 27000),
        (3000, 500, 36000, 9000),
        (3500, 1000, 45000, 18000),
    )
    assert segment.parts([]) == ()


@given(st.lists(st.booleans(), max_size=30))
def test_parts_hold_every_byte_once_in_order(keys: list[bool]) -> None:
    fragments = [entry(n, key) for n, key in enumerate(keys)]
    at = 1000
    for part in segment.parts(fragments):
        assert part.offset == at
        at += part.size
    assert at == 1000 + 500 * len(keys)
