"""Reading back: cut anywhere, altered anyhow, never anything but sentences."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.media import boxes, fragment, init, reading, segment
from nvr_core.media.errors import MediaError
from nvr_core.media.track import TrackConfig
from tests.core.media.encoded import T0, build, opening, timed, video

BASE = 900_000


@cache
def whole() -> bytes:
    return build(video("libx264", bframes=3).later(BASE), depth=2)


def read(made: bytes) -> reading.Segment:
    return reading.read(io.BytesIO(made))


def test_what_was_written_is_read() -> None:
    footage = video("libx264", bframes=3).later(BASE)
    entries = timed(footage.frames, 2)
    found = read(whole())
    assert found.problems == ()
    assert found.opening == opening()
    assert found.init == init.init_segment(footage.config)
    assert (found.timescale, found.width, found.height) == (90000, 160, 96)
    assert found.track.sample_entry == footage.config.sample_entry
    assert (found.whole, found.size) == (len(whole()), len(whole()))
    assert (found.base, found.end) == (entries[0][1], entries[-1][1] + entries[-1][2])
    assert found.frames == 100
    file = io.BytesIO(whole())
    samples = [s for f in found.fragments for s in reading.samples(file, f)]
    for sample, (frame, dts, duration) in zip(samples, entries, strict=True):
        assert sample[:4] == (dts, frame.pts, duration, frame.key)
        assert whole()[sample.offset : sample.offset + sample.size] == frame.data


def test_wall_times_and_media_times_undo_each_other() -> None:
    drifted = build(video("libx264").later(BASE), rate_ppm=400)
    for made in (whole(), drifted, build(video("libx264").later(BASE), close=False)):
        found = read(made)
        assert found.wall(found.base) == T0 == found.start
        for ticks in range(found.base, found.end, 777):
            wall = found.wall(ticks)
            assert abs(found.wall(found.ticks(wall)) - wall) <= 12, "one tick is 11 µs"
            assert found.wall(found.ticks(wall)) >= wall
            assert found.wall(found.ticks(wall) - 1) < wall
    found = read(drifted)
    assert found.wall(found.end) == T0 + 4_000_000 + 1600


def test_an_open_segment_lies_on_its_bent_line() -> None:
    found = read(build(video("libx264").later(BASE), close=False, rate_ppm=-400))
    assert found.start == T0
    assert abs(found.wall(found.end) - (T0 + 4_000_000 - 1600)) <= 2


def test_an_open_segment_that_began_with_a_backlog_lies_where_its_newest_mark_says() -> None:
    found = read(build(video("libx264").later(BASE), close=False, opened=T0 + 1_500_000))
    assert found.start == T0
    assert found.wall(found.end) == T0 + 4_000_000


def test_cut_at_every_byte_it_is_whole_up_to_the_last_whole_fragment() -> None:
    made = whole()
    found = read(made)
    head = found.fragments[0].offset
    ends = [f.offset + f.size for f in found.fragments]
    last = ends[-1]
    for size in [*range(0, head, 5), *range(head, last, 37), *ends, *range(last, len(made), 3)]:
        try:
            cut = read(made[:size])
        except MediaError:
            assert size < found.init_size
            continue
        assert size >= found.init_size
        count = sum(end <= size for end in ends)
        assert cut.fragments == found.fragments[:count]
        assert cut.whole <= size
        if count and cut.closing is None:
            assert cut.whole == ends[count - 1]
        assert bool(cut.problems) == (size not in ends and size != head)


def test_the_hash_speaks_of_every_byte_before_the_closing() -> None:
    made = whole()
    assert reading.verify(io.BytesIO(made)) is True
    found = read(made)
    for at in (40, found.fragments[3].offset + 900, found.hashed - 1):
        changed = bytearray(made)
        changed[at] ^= 1
        try:
            said = reading.verify(io.BytesIO(changed))
        except MediaError:
            said = False
        assert not said
    assert reading.verify(io.BytesIO(made[: found.hashed])) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(lambda m: m + b"\0", "1 bytes follow", id="bytes after the end"),
        pytest.param(lambda m: m[:-30], "index", id="index cut"),
        pytest.param(lambda m: m.replace(b's":100,', b's":101,'), "counts 101", id="count"),
        pytest.param(lambda m: m.replace(b's":100,', b's":"a",'), "frames", id="field"),
    ],
)
def test_damage_is_said_in_a_sentence(change: Callable[[bytes], bytes], sentence: str) -> None:
    problems = read(change(whole())).problems
    assert len(problems) == 1
    assert sentence in problems[0]


def test_a_lost_fragment_in_the_middle_is_noticed() -> None:
    found = read(whole())
    gone = found.fragments[4]
    made = whole()[: gone.offset] + whole()[gone.offset + gone.size :]
    problems = read(made).problems
    assert any(f"begins at tick {found.fragments[5].start}" in p for p in problems)


@pytest.mark.parametrize(
    ("field", "change", "sentence"),
    [
        pytest.param(b"trun", 8, "a frame at byte", id="data offset"),
        pytest.param(b"trun", 4, "entries", id="count of frames"),
        pytest.param(b"trun", 3, "flags", id="flags"),
        pytest.param(b"prft", 7, "track 1", id="track"),
    ],
)
def test_a_fragment_that_contradicts_itself_is_not_believed(
    field: bytes, change: int, sentence: str
) -> None:
    """`change`: which byte behind the name of the box is raised by one."""
    made = bytearray(heads())
    at = read(heads()).fragments[3].offset
    at = made.index(field, at) + 4 + change + (3 if change in (4, 8) else 0)
    made[at] += 1
    found = read(bytes(made))
    assert len(found.fragments) == 3
    assert found.whole == read(heads()).fragments[3].offset
    assert len(found.problems) == 1
    assert sentence in found.problems[0]


def test_bytes_in_an_mdat_that_are_no_frame_are_not_believed() -> None:
    made = bytearray(heads())
    last = read(heads()).fragments[5]
    mdat = made.index(b"mdat", last.offset)
    made[mdat - 1] += 4
    made[last.offset + last.size : last.offset + last.size] = b"junk"
    assert "their mdat ends" in read(bytes(made)).problems[0]


def altered(draw: Callable[..., Any], made: bytes) -> bytes:
    out = bytearray(made)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(out) - 1, 0)))
        kind = draw(st.sampled_from(("byte", "number", "drop", "repeat", "junk", "cut")))
        length = draw(st.integers(1, 64))
        if kind == "byte" and out:
            out[at] = draw(st.integers(0, 255))
        elif kind == "number":
            word = draw(st.sampled_from((0, 1, 7, 8, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)))
            out[at : at + 4] = word.to_bytes(4, "big")
        elif kind == "drop":
            del out[at : at + length]
        elif kind == "repeat":
            out[at:at] = out[at : at + length]
        elif kind == "junk":
            out[at:at] = draw(st.binary(max_size=32))
        else:
            del out[at:]
    return bytes(out)


@cache
def heads() -> bytes:
    """The same file with frames of a few bytes, so that alterations meet boxes."""
    config = TrackConfig(
        codec="h264",
        timescale=90000,
        codec_string="avc1.64000b",
        sample_entry=b"\0\0\0\x0cavc1abcd",
    )
    out = init.init_segment(config) + segment.opening_box(opening())
    entries = []
    for n in range(6):
        samples = [(3600, 5, fragment.KEY, 7200), (3600, 3, fragment.DELTA, 0)]
        made = fragment.head(n + 1, n * 7200, samples, T0, n * 7200) + b"\0\0\0\x01a\0\0\0"
        entries.append(segment.FragmentEntry(len(out), len(made), n * 7200, 7200, True, 2, 7200))
        out += made
    closing = segment.Closing(start=T0, duration_us=480_000, frames=12, sha256="0" * 64)
    return out + segment.closing_boxes(closing, entries)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_altered_bytes_raise_nothing_but_the_error_of_this_package(data: st.DataObject) -> None:
    made = altered(data.draw, heads())
    file = io.BytesIO(made)
    try:
        found = reading.read(file)
        for entry in found.fragments:
            reading.samples(file, entry)
        reading.verify(file)
        found.wall(found.ticks(found.wall(found.base)))
    except MediaError:
        return
    assert found.whole <= len(made)
    for entry in found.fragments:
        assert 0 < entry.offset < entry.offset + entry.size <= found.whole


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(made: bytes) -> None:
    with pytest.raises(MediaError):
        read(made)


def giant(kind: bytes, size: int) -> bytes:
    return struct.pack(">I4s", size, kind)


def test_a_hostile_file_costs_no_memory() -> None:
    """Boxes that claim a lot, and tens of thousands of the smallest fragments."""
    start = heads()[: read(heads()).fragments[0].offset]
    one = fragment.head(1, 0, [(0, 0, fragment.KEY, 0)], 0, 0)
    zeros = bytes(4_000_000)
    files = [
        giant(b"ftyp", 8) + giant(b"moov", 8 + len(zeros)) + zeros,
        start + one * 60_000,
        start + one[:32] + giant(b"moof", 8 + len(zeros)) + zeros + giant(b"mdat", 8),
        start + giant(b"uuid", 8 + len(zeros)) + zeros,
        start + one[:32] + giant(b"moof", 65000) + (giant(b"traf", 8) * 9000)[:64992],
    ]
    for made in files:
        file = io.BytesIO(made)
        tracemalloc.start()
        try:
            found = reading.read(file)
            assert found.problems
            assert len(found.problems) <= 20
        except MediaError:
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 6 * 1024 * 1024, f"{peak} bytes"


def test_the_longest_fragment_that_may_be_written_can_be_read() -> None:
    count = fragment.MAX_SAMPLES
    start = heads()[: read(heads()).fragments[0].offset]
    made = start + fragment.head(1, 0, [(1, 0, fragment.KEY, 1)] * count, 0, 0)
    found = read(made)
    assert (found.frames, found.problems) == (count, ())


def test_boxes_that_do_not_add_up_are_refused() -> None:
    for made in (
        giant(b"free", 7),
        giant(b"free", 9),
        b"\0\0\0\x01free" + bytes(7) + b"\x0f",
        b"\0\0",
    ):
        with pytest.raises(MediaError):
            list(boxes.walk(made))
    large = b"\0\0\0\x01free" + (17).to_bytes(8, "big") + b"x"
    assert [b[1:] for b in boxes.walk(large + giant(b"free", 0))] == [(0, 16, 17), (17, 25, 25)]
