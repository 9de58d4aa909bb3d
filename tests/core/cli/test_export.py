"""`ronda export`: folders and cameras in, one plain file out, and a sentence for all the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nvr_core.cli import archive, moments
from nvr_core.cli.export import command
from nvr_core.cli.moments import MomentError
from nvr_core.recorder.identity import Identity
from nvr_core.wire.errors import SentenceError
from tests.core.media import encoded
from tests.core.media.encoded import T0, build, sound, video
from tests.core.media.oracle import complaints, shown

FROM, TO = "2026-09-21T21:13:21+07:00", "2026-09-21T14:13:22.5Z"
"""1.0 s and 2.5 s after T0."""
OTHER = "0192f0c4-0000-7000-8000-0000000000ff"


def put(folder: Path, name: str, made: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One camera's main stream, a stray file and a broken one; names say nothing."""
    root = tmp_path / "volume"
    put(root, "b/z.mp4", build(video("libx264").later(90_000)))
    put(root, "old.mp4", build(video("libx264"), start=T0 - 86_400_000_000, run="earlier"))
    put(root, "notes.txt", b"not a film")
    put(root, "x/broken.mp4", b"\0\0\0\x18ftypmp42")
    return root


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


def test_files_that_are_named_after_another_day_are_not_opened(tmp_path: Path) -> None:
    root = tmp_path / "volume"
    right = "cam/main/2026/09/21/141320000-0123456789ab-000000.mp4"
    put(root, right, build(video("libx264").later(90_000)))
    wrong = put(root, "cam/main/2026/09/20/141320000-0123456789ab-000000.mp4", b"no segment")
    odd = put(root, "cam/main/2026/99/99/141320000-0123456789ab-000000.mp4", b"no segment")
    result = export(root, FROM, TO, tmp_path / "out.mp4")
    assert str(wrong) not in result.stderr
    assert str(odd) in result.stderr
    assert len(shown(tmp_path / "out.mp4")) == 38


def test_the_markers_of_a_volume_are_no_footage(folder: Path, tmp_path: Path) -> None:
    put(folder, "volume.json", b"{}")
    marker = put(folder, "open/cam~main~2026~09~21~141320000-0123456789ab-000000.mp4", b"")
    recorded = put(folder, "x/open/b.mp4", b"no segment")
    result = export(folder, FROM, TO, tmp_path / "out.mp4")
    assert result.exit_code == 0
    assert str(marker) not in result.stderr
    assert str(recorded) in result.stderr


def test_the_name_that_is_looked_for_is_the_one_that_recorders_give() -> None:
    identity = Identity(
        camera="0192f0c4-0000-7000-8000-00000000000a",
        stream="main",
        run="",
        segment="",
        recorder_start="0192f0c4-0000-7000-8000-0000000abcde",
        sequence=7,
    )
    path = "/srv/volume/" + identity.key(T0 + 123_456)
    assert archive.named_after(path) == T0


def refused(*arguments: str | Path) -> str:
    with pytest.raises(SentenceError) as error:
        export(*arguments)
    return str(error.value)


def test_a_folder_becomes_one_file_of_exactly_the_asked_time(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    result = export(folder, FROM, TO, target)
    assert result.exit_code == 0
    assert [n for _, n in shown(target)] == list(range(25, 63))
    assert complaints(target) == ""
    assert "1.500 s of pictures in 1.500 s" in result.stdout
    assert "broken.mp4" in result.stderr
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["out.mp4"]


def test_programs_read_what_is_missing(folder: Path, tmp_path: Path) -> None:
    later = "2026-09-21T14:13:30Z"
    result = export(folder, FROM, later, tmp_path / "out.mp4", "--json")
    said: dict[str, Any] = json.loads(result.stdout)
    assert said["missing"] == [{"start": T0 + 4_000_000, "end": T0 + 10_000_000}]
    assert (said["begin"], said["end"]) == (T0 + 1_000_000, T0 + 10_000_000)
    assert said["size"] == (tmp_path / "out.mp4").stat().st_size
    assert said["stream"].endswith("/main")
    assert len(said["left_out"]) == 1


def test_people_read_what_is_missing(folder: Path, tmp_path: Path) -> None:
    result = export(folder, FROM, "2026-09-21T14:13:30Z", tmp_path / "out.mp4")
    assert f"nothing from {moments.local(T0 + 4_000_000)}" in result.stdout


def other_camera(monkeypatch: pytest.MonkeyPatch, **changes: str) -> bytes:
    """The same footage under another opening."""
    plainly = encoded.opening
    monkeypatch.setattr(
        encoded, "opening", lambda *given, **said: plainly(*given, **(said | changes))
    )
    made = build(video("libx264"))
    monkeypatch.undo()
    return made


def test_of_several_cameras_one_must_be_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "c.mp4", other_camera(monkeypatch, camera=OTHER))
    said = refused(folder, FROM, TO, tmp_path / "out.mp4")
    assert "say which with --camera" in said
    assert OTHER in said
    assert export(folder, FROM, TO, tmp_path / "out.mp4", "--camera", OTHER).exit_code == 0


def test_main_goes_before_sub_and_sound_is_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "s.mp4", other_camera(monkeypatch, stream="sub"))
    result = export(folder, FROM, TO, tmp_path / "main.mp4", "--json")
    assert json.loads(result.stdout)["stream"].endswith("/main")
    result = export(folder, FROM, TO, tmp_path / "sub.mp4", "--json", "--stream", "sub")
    assert json.loads(result.stdout)["stream"].endswith("/sub")
    said = refused(folder, FROM, TO, tmp_path / "a.mp4", "--stream", "main-audio")
    assert "holds no stream main-audio" in said


def test_sound_alone_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = encoded.opening
    monkeypatch.setattr(
        encoded, "opening", lambda *given, **said: plainly(*given, **said, stream="main-audio")
    )
    put(tmp_path / "v", "a.mp4", build(sound("aac")))
    target = tmp_path / "sound.mp4"
    result = export(tmp_path / "v", FROM, TO, target, "--stream", "main-audio")
    assert result.exit_code == 0
    assert "s of sound in" in result.output
    assert complaints(target) == ""


def test_nothing_there_is_said_and_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    said = refused(folder, "2020-01-01T00:00:00Z", "2020-01-01T01:00:00Z", target)
    assert "holds nothing of that camera between" in said
    with pytest.raises(ValueError, match="nothing was recorded"):
        export(folder, "2026-09-21T14:20:00Z", "2026-09-21T14:21:00Z", target)
    assert [p.name for p in tmp_path.iterdir()] == ["volume"]


def test_a_file_that_is_there_is_kept_unless_told(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"evidence")
    assert "is there already" in refused(folder, FROM, TO, target)
    assert target.read_bytes() == b"evidence"
    assert export(folder, FROM, TO, target, "--overwrite").exit_code == 0
    assert len(shown(target)) == 38


def test_a_folder_that_cannot_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    said = refused(folder, FROM, TO, tmp_path / "nowhere/out.mp4")
    assert said.endswith("could not be made: No such file or directory")


def test_a_segment_that_is_deleted_meanwhile_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "b/z.mp4"
    reads = 0
    plainly = Path.open

    def opened(self: Path, *given: Any, **named: Any) -> Any:
        nonlocal reads
        if self == path:
            reads += 1
            if reads == 4:
                path.unlink()
        return plainly(self, *given, **named)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ValueError, match="cannot be read any more"):
        export(folder, FROM, TO, tmp_path / "out.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["volume"]


@pytest.mark.parametrize(
    ("begin", "end", "sentence"),
    [
        ("21.14.06", TO, "'21.14.06' is not a time; write the date, the time and the zone, like"),
        ("2026-09-21T21:13:21", TO, "add it, like 2026-09-21T21:13:21+07:00 for WIB"),
        ("2026-09-21", TO, "does not say in which zone"),
        ("1790000000", TO, "is not a time"),
        (TO, FROM, "is not after FROM"),
        ("2026-09-19T00:00:00Z", TO, "more than 24 hours"),
    ],
)
def test_times_that_mean_nothing_certain_are_refused(
    folder: Path, tmp_path: Path, begin: str, end: str, sentence: str
) -> None:
    assert sentence in refused(folder, begin, end, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T07:00:00.000001+07:00", 1),
        ("2026-09-21T14:13:20+00:00", T0),
        ("20260921T141320Z", T0),
    ],
)
def test_moments_are_exact_to_the_microsecond(text: str, wall: int) -> None:
    assert moments.parse(text) == wall
    assert moments.parse(moments.utc(wall)) == wall
    assert abs(moments.parse(moments.local(wall)) - wall) < 1000


def test_a_moment_too_far_away_is_a_sentence() -> None:
    with pytest.raises(MomentError):
        moments.parse("99999-01-01T00:00:00Z")
