"""`ronda inspect`: what it says of whole, growing and damaged segments."""

from __future__ import annotations

import fcntl
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nvr_core.cli.inspect import command
from nvr_core.media import boxes, plain, reading
from nvr_core.media.excerpt import Source
from tests.core.media.encoded import T0, build, opening, sound, video


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "segment.mp4"
    path.write_bytes(build(video("libx264", bframes=3).later(90_000), depth=2))
    return path


def inspect(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


def told(*arguments: str | Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(inspect("--json", *arguments).stdout)
    return said


def test_people_read_the_times_the_frames_and_the_hash(segment: Path) -> None:
    result = inspect(segment)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert any(line.split()[:2] == ["camera", opening().camera] for line in lines)
    assert "160 × 96" in result.stdout
    assert "lasts      4.000 s" in result.stdout
    assert "100, 25.00 a second" in result.stdout
    assert "right" in next(line for line in lines if "SHA-256" in line)
    table = lines[next(i for i, line in enumerate(lines) if line.startswith("  part")) + 1 :]
    assert [line.split()[-1] for line in table] == ["25"] * 4


def test_programs_read_everything(segment: Path) -> None:
    said = told(segment, "--frames", "--boxes")
    made = segment.read_bytes()
    found = reading.read(io.BytesIO(made))
    assert (said["state"], said["hash"], said["damage"]) == ("closed", "right", [])
    assert said["opening"]["camera"] == opening().camera
    assert said["closing"]["frames"] == said["frames"] == len(said["frame_list"]) == 100
    assert (said["start"], said["duration_us"]) == (T0, 4_000_000)
    assert said["start_utc"] == "2026-09-21T14:13:20.000000Z"
    assert [f["offset"] for f in said["fragments"]] == [f.offset for f in found.fragments]
    frame = said["frame_list"][1]
    data = made[frame["offset"] : frame["offset"] + frame["size"]]
    assert data == video("libx264", bframes=3).frames[1].data
    assert frame["pts"] > frame["dts"]
    for box in said["boxes"]:
        assert made[box["offset"] + 4 : box["offset"] + 8].decode() == box["type"]
    kinds = [box["type"] for box in said["boxes"] if box["depth"] == 0]
    assert kinds == [b.name for b in boxes.walk(made)]
    inner = {box["type"] for box in said["boxes"] if box["depth"] > 0}
    assert {"trun", "tfdt", "stsd", "trex", "tfra"} <= inner


def test_what_was_not_asked_for_is_left_out(segment: Path) -> None:
    assert {"boxes", "frame_list"}.isdisjoint(told(segment))


def test_every_frame_is_listed_once(segment: Path) -> None:
    plain_lines = len(inspect(segment).stdout.splitlines())
    assert len(inspect(segment, "--frames").stdout.splitlines()) == plain_lines + 2 + 100


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_flipped_bit_is_damage(segment: Path, place: float) -> None:
    made = bytearray(segment.read_bytes())
    made[int(len(made) * place)] ^= 1
    segment.write_bytes(made)
    result = inspect(segment)
    assert result.exit_code == 1
    assert str(segment) in result.stderr


def test_a_cut_file_is_damaged_until_somebody_is_writing_it(segment: Path) -> None:
    made = segment.read_bytes()
    segment.write_bytes(made[: len(made) // 2])
    result = inspect(segment)
    assert result.exit_code == 1
    assert "no whole fragment" in result.stderr
    assert told(segment)["state"] == "open"
    with segment.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert inspect(segment).exit_code == 0
        assert told(segment)["state"] == "growing"


def test_files_that_are_no_segments_are_named_and_the_others_still_told(
    segment: Path, tmp_path: Path
) -> None:
    found = reading.read(io.BytesIO(segment.read_bytes()))
    export = tmp_path / "export.mp4"
    with export.open("wb") as out:
        plain.export([Source(found, lambda: segment.open("rb"))], out, T0, T0 + 1_000_000)
    text = tmp_path / "notes.txt"
    text.write_text("not a film")
    result = inspect(export, text, tmp_path / "nothing.mp4", segment)
    assert result.exit_code == 1
    assert "plain MP4" in result.stderr
    assert f"{text}: the file does not begin with" in result.stderr
    assert "nothing.mp4: No such file or directory" in result.stderr
    assert "lasts      4.000 s" in result.stdout


def test_sound_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    path.write_bytes(build(sound("aac")))
    said = told(path)
    assert (said["timescale"], said["width"], said["damage"]) == (16000, 0, [])
    assert "frames" in inspect(path).stdout


def test_a_file_of_hostile_boxes_ends(tmp_path: Path) -> None:
    path = tmp_path / "hostile.mp4"
    made = build(video("libx264"), close=False)
    path.write_bytes(made + b"\0\0\0\x08free" * 200_000)
    result = inspect(path, "--boxes")
    assert result.exit_code == 1
    assert "free box" in result.stderr
