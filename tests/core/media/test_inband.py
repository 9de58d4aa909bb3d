"""Parameter sets taken out of sample entries: all of them, in order, or a sentence."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.boxes import box
from nvr_core.media.errors import MediaError
from nvr_core.media.inband import parameter_sets, unbound
from tests.core.media.encoded import sound, video

nal = st.binary(min_size=1, max_size=40)
HEAD = bytes(78)


def counted(units: list[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(unit)) + unit for unit in units)


@given(st.lists(nal, max_size=4), st.lists(nal, max_size=4))
def test_every_set_of_h264_is_found(sps: list[bytes], pps: list[bytes]) -> None:
    record = bytes((1, 100, 0, 31, 0xFF, 0xE0 | len(sps))) + counted(sps)
    record += bytes((len(pps),)) + counted(pps) + b"\xfd\xf8\xf8\0"
    entry = box(b"avc1", HEAD, box(b"pasp", bytes(8)), box(b"avcC", record))
    assert parameter_sets(entry) == b"".join(
        struct.pack(">I", len(unit)) + unit for unit in sps + pps
    )


@given(st.lists(st.tuples(st.integers(32, 40), st.lists(nal, max_size=3)), max_size=4))
def test_every_set_of_h265_is_found(arrays: list[tuple[int, list[bytes]]]) -> None:
    record = bytes((1,)) + bytes(21) + bytes((len(arrays),))
    for kind, units in arrays:
        record += struct.pack(">BH", 0x80 | kind, len(units)) + counted(units)
    entry = box(b"hvc1", HEAD, box(b"hvcC", record))
    assert parameter_sets(entry) == b"".join(
        struct.pack(">I", len(unit)) + unit for _, units in arrays for unit in units
    )


@given(st.binary(max_size=60), st.sampled_from((b"avcC", b"hvcC")))
def test_damage_raises_nothing_but_the_error_of_this_package(record: bytes, kind: bytes) -> None:
    with contextlib.suppress(MediaError):
        parameter_sets(box(b"avc1", HEAD, box(kind, record)))


@pytest.mark.parametrize(("codec", "kind"), [("libx264", b"avc3"), ("libx265", b"hev1")])
def test_the_entry_keeps_everything_but_its_name(codec: str, kind: bytes) -> None:
    entry = video(codec).config.sample_entry
    assert unbound(entry) == entry[:4] + kind + entry[8:]
    assert parameter_sets(unbound(entry)) == parameter_sets(entry) != b""


def test_what_has_no_parameter_sets_is_refused() -> None:
    entry = sound("aac").config.sample_entry
    with pytest.raises(MediaError, match="one file cannot hold"):
        unbound(entry)
    with pytest.raises(MediaError):
        parameter_sets(box(b"avc1", HEAD))
