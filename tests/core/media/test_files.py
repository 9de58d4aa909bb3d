"""Whole segments before other people's readers: ffmpeg, ffprobe and PyAV, not our own word."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from nvr_core.media import boxes, reading
from tests.core.media.encoded import T0, Footage, build, sound, timed, video
from tests.core.media.oracle import complaints, packet_times, probe, shown

FAR = (1 << 33) + 12_345
"""Ticks: a day into a run, past 32 bits."""

VIDEOS: dict[str, tuple[Callable[[], Footage], int]] = {
    "h264": (lambda: video("libx264"), 0),
    "h264 with B-frames": (lambda: video("libx264", bframes=3), 2),
    "h265": (lambda: video("libx265"), 0),
    "h265 with B-frames": (lambda: video("libx265", bframes=3), 2),
}
videos = pytest.mark.parametrize(("make", "depth"), VIDEOS.values(), ids=VIDEOS.keys())
sounds = pytest.mark.parametrize("codec", ["aac", "pcm_alaw", "pcm_mulaw"])


def stored(tmp_path: Path, made: bytes) -> Path:
    path = tmp_path / "segment.mp4"
    path.write_bytes(made)
    return path


@videos
def test_every_reader_finds_every_frame_at_its_exact_time(
    tmp_path: Path, make: Callable[[], Footage], depth: int
) -> None:
    footage = make().later(FAR)
    path = stored(tmp_path, build(footage, depth=depth))
    assert complaints(path) == ""
    expected = [(f.pts, dts) for f, dts, _ in timed(footage.frames, depth)]
    assert packet_times(path) == expected
    with av.open(str(path)) as file:
        assert [(p.pts, p.dts) for p in file.demux(video=0) if p.size] == expected
    pictures = shown(path)
    assert [n for _, n in pictures] == list(range(100))
    assert [s for s, _ in pictures] == [round((FAR + n * 3600) / 90000, 6) for n in range(100)]


@sounds
def test_sound_is_read_to_the_last_sample(tmp_path: Path, codec: str) -> None:
    footage = sound(codec).later(FAR)
    path = stored(tmp_path, build(footage))
    assert complaints(path) == ""
    expected = [(f.pts, f.pts) for f in footage.frames]
    assert packet_times(path) == expected
    (stream,) = probe(path, "-show_streams")["streams"]
    assert stream["codec_name"] == codec
    assert (stream["sample_rate"], stream["channels"]) == ("16000", 1)


@videos
def test_the_bytes_of_a_growing_file_up_to_any_fragment_play(
    tmp_path: Path, make: Callable[[], Footage], depth: int
) -> None:
    footage = make().later(FAR)
    made = build(footage, depth=depth, close=False)
    found = reading.read(io.BytesIO(made))
    assert found.problems == ()
    for count in (1, 3, len(found.fragments) - 1):
        last = found.fragments[count - 1]
        path = stored(tmp_path, made[: last.offset + last.size])
        assert complaints(path) == ""
        frames = sum(f.frames for f in found.fragments[:count])
        assert len(packet_times(path)) == frames
        assert packet_times(path)[0][0] == footage.frames[0].pts


@pytest.mark.parametrize("part", [0, 1, 3])
def test_a_part_behind_the_init_plays_alone(tmp_path: Path, part: int) -> None:
    """What a browser fetches: ftyp and moov, then one key-to-key group."""
    footage = video("libx264", bframes=3).later(FAR)
    made = build(footage, depth=2)
    found = reading.read(io.BytesIO(made))
    key = [f for f in found.fragments if f.key][part]
    until = next(
        (f.offset for f in found.fragments if f.key and f.offset > key.offset),
        found.fragments[-1].offset + found.fragments[-1].size,
    )
    path = stored(tmp_path, found.init + made[key.offset : until])
    assert complaints(path) == ""
    assert shown(path) == [
        (round((FAR + n * 3600) / 90000, 6), n) for n in range(part * 25, part * 25 + 25)
    ]


@videos
def test_the_index_points_at_the_moof_and_the_time_of_each_key_frame(
    make: Callable[[], Footage], depth: int
) -> None:
    footage = make().later(FAR)
    made = build(footage, depth=depth)
    at = len(made) - int.from_bytes(made[-4:], "big")
    tfra = boxes.find(made, b"mfra.tfra", at)
    assert tfra is not None
    rows = list(struct.iter_unpack(">QQBBB", made[tfra.body + 16 : tfra.end]))
    assert [row[0] for row in rows] == [f.pts for f in footage.frames if f.key]
    for row in rows:
        assert made[row[1] + 4 : row[1] + 8] == b"moof"


@pytest.mark.parametrize("wanted", [1.0, 2.0, 3.5])
def test_a_player_can_seek(tmp_path: Path, wanted: float) -> None:
    footage = video("libx264", bframes=3).later(900_000)
    path = stored(tmp_path, build(footage, depth=2))
    with av.open(str(path)) as file:
        file.seek(int((10 + wanted) * 90000), stream=file.streams.video[0])
        first = next(file.decode(video=0))
        assert first.pts == 900_000 + int(wanted) * 90000


def test_segments_of_one_run_follow_each_other_without_a_seam(tmp_path: Path) -> None:
    """The init of the first, then the fragments of both: the decode times run on."""
    footage = video("libx264", bframes=3, count=100).later(FAR)
    entries = timed(footage.frames, 2)
    cut = next(i for i, (f, _, _) in enumerate(entries) if f.key and i >= 50)
    first = build(replace(footage, frames=footage.frames[:cut]), depth=2)
    second = build(replace(footage, frames=footage.frames[cut:]), depth=2)
    a, b = reading.read(io.BytesIO(first)), reading.read(io.BytesIO(second))
    assert a.end == b.base, "the last duration repeats"
    last = a.fragments[-1]
    path = stored(
        tmp_path,
        first[: last.offset + last.size] + second[b.fragments[0].offset : b.hashed],
    )
    assert complaints(path) == ""
    assert [n for _, n in shown(path)] == list(range(100))


def test_the_wall_time_stands_in_every_fragment_and_in_the_closing(tmp_path: Path) -> None:
    footage = video("libx264").later(FAR)
    found = reading.read(io.BytesIO(build(footage)))
    assert found.opening is not None
    assert found.opening.start == T0
    assert found.closing is not None
    assert (found.closing.start, found.closing.duration_us) == (T0, 4_000_000)
    for mark in found.walls:
        assert mark.wall == T0 + (mark.ticks - FAR) * 1_000_000 // 90000
    path = stored(tmp_path, build(footage))
    packets = probe(path, "-show_packets", "-show_data_hash", "md5")["packets"]
    assert len(packets) == 100
