"""`ronda export` and `ronda inspect` by a camera's name and a time, from the catalogue."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nvr_core.cli import export as exporting
from nvr_core.cli import inspect as inspecting
from nvr_core.cli import moments
from nvr_core.wire.errors import SentenceError
from tests.core.cli import shelf as module
from tests.core.cli.shelf import CAMERA, LENGTH, NAME, Shelf
from tests.core.cli.test_asked import WITHOUT, free_port, ronda, server
from tests.core.media.encoded import T0
from tests.core.media.oracle import complaints, shown


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return asyncio.run(module.made(tmp_path))


def at(seconds: float) -> str:
    return moments.utc(T0 + round(seconds * 1e6))


def export(shelf: Shelf, *words: str | Path) -> Result:
    arguments = [*map(str, words), "--config", str(shelf.config)]
    return CliRunner().invoke(exporting.command, arguments, catch_exceptions=False)


def inspect(shelf: Shelf, *words: str | Path) -> Result:
    arguments = [*map(str, words), "--config", str(shelf.config)]
    return CliRunner().invoke(inspecting.command, arguments, catch_exceptions=False)


def refused(call: Any, *words: Any) -> str:
    with pytest.raises(SentenceError) as error:
        call(*words)
    return str(error.value)


@pytest.mark.parametrize("called", [NAME, "gerbang  UTARA", CAMERA])
def test_footage_of_all_volumes_becomes_one_file(shelf: Shelf, tmp_path: Path, called: str) -> None:
    target = tmp_path / "out.mp4"
    shelf.path("one", 1).unlink()  # its copy is left
    result = export(shelf, called, at(2), at(6), target, "--json")
    said = json.loads(result.stdout)
    assert (said["frames"], said["missing"], said["segments"]) == (100, [], 2)
    assert said["stream"] == f"{CAMERA}/main"
    assert [n for _, n in shown(target)] == [*range(50, 100), *range(50)]
    assert complaints(target) == ""
    assert f"{shelf.path('one', 1)}: No such file" in result.stderr


def test_a_camera_that_was_removed_is_still_exported(shelf: Shelf, tmp_path: Path) -> None:
    asyncio.run(module.removed(shelf))
    assert export(shelf, NAME, at(0), at(1), tmp_path / "out.mp4").exit_code == 0
    assert "lasts" in inspect(shelf, NAME, "--at", at(1)).stdout


def test_what_is_being_written_is_exported_as_far_as_it_came(shelf: Shelf, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with shelf.written():
        result = export(shelf, NAME, at(7), at(13), target)
        assert "is still being written, and is here up to 2026-09-21T21:13:3" in result.stderr
        assert "no whole fragment" not in result.stderr
    assert 25 + 60 < len(shown(target)) < 25 + 100
    assert "  nothing from 2026-09-21T21:13:3" in result.stdout
    told = export(shelf, NAME, at(7), at(13), target, "--overwrite")
    assert "still being written" not in told.stderr
    assert "no whole fragment" in told.stderr


def test_times_without_a_zone_are_the_offices(shelf: Shelf, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    result = export(shelf, NAME, "2026-09-21T21:13:21", "2026-09-21 21:13:22", target)
    assert [n for _, n in shown(target)] == list(range(25, 50))
    assert result.stderr == WITHOUT
    assert (
        "2026-09-21T21:13:20.000+07:00"
        in inspect(shelf, NAME, "--at", "2026-09-21T21:13:20").stdout
    )


def test_a_running_server_finds_the_same(shelf: Shelf, tmp_path: Path) -> None:
    shelf.config.write_text(f'runtime = "run"\nserver.port = {free_port()}\n')
    own = ("--config", shelf.config)
    with server(shelf.config):
        target = tmp_path / "out.mp4"
        times = ("2026-09-21T21:13:22", at(6))
        result = ronda("export", CAMERA, *times, target, *own)
        assert (result.returncode, result.stderr) == (0, "")
        assert len(shown(target)) == 100
        (said,) = ronda("inspect", CAMERA, "--at", times[0], *own, "--json").objects()
        assert said["catalogue"]["start"] == T0


def test_what_catalogue_and_file_say_of_a_moment_is_told(shelf: Shelf) -> None:
    result = inspect(shelf, "gerbang utara", "--at", at(3.9))
    assert result.exit_code == 0
    head, _, tail = result.stdout.partition("the file says:\n")
    assert f"{shelf.folder / 'one'}  " in head
    assert "lasts      4.000 s" in head
    assert "avc1.64000b, 160 × 96" in head
    assert f"{shelf.path('one', 0).stat().st_size} bytes" in head
    assert "none was told" in head
    assert "clock      synchronised" in tail
    assert tail.splitlines()[0] == str(shelf.path("one", 0))
    (sha,) = {line.split()[1] for line in result.stdout.splitlines() if "SHA-256" in line}
    assert len(sha) == 64


def test_programs_read_the_same_of_each_copy(shelf: Shelf) -> None:
    lines = inspect(shelf, NAME, "--at", at(4), "--json").stdout.splitlines()
    one, two = map(json.loads, lines)
    assert [one["file"], two["file"]] == [str(shelf.path(v, 1)) for v in ("one", "two")]
    assert (one["hash"], one["damage"]) == ("right", [])
    known = one["catalogue"]
    assert (known["start"], known["duration"]) == (T0 + LENGTH, LENGTH)
    assert known["sha256"] == one["closing"]["sha256"]
    assert [copy["bytes"] for copy in known["copies"]] == [one["size"]] * 2


def test_a_moment_that_is_being_written_is_told_until_where_it_came(shelf: Shelf) -> None:
    with shelf.written():
        result = inspect(shelf, NAME, "--at", at(9))
        assert (result.exit_code, result.stderr) == (0, WITHOUT)
        assert "it is being written" in result.stdout
        assert "growing" in result.stdout
        assert "is kept 2026-09-21T21:13:31.990+07:00; ronda gaps" in refused(
            inspect, shelf, NAME, "--at", at(11.99)
        )


def test_a_file_that_is_another_or_gone_is_damage(shelf: Shelf) -> None:
    shelf.path("one", 0).write_bytes(shelf.path("one", 1).read_bytes())
    result = inspect(shelf, NAME, "--at", at(0))
    assert result.exit_code == 1
    assert "the catalogue was told another hash" in result.stderr
    shelf.path("one", 0).unlink()
    result = inspect(shelf, NAME, "--at", at(0))
    assert result.exit_code == 1
    assert "the catalogue says:" in result.stdout
    assert "no file of that time can be read: " in refused(
        export, shelf, NAME, at(0), at(1), shelf.folder / "out.mp4"
    )
    assert "the file says:" not in result.stdout
    assert "0.mp4: No such file" in result.stderr
    said = json.loads(inspect(shelf, NAME, "--at", at(0), "--json").stdout)
    assert said["damage"] == ["No such file or directory"]
    assert said["catalogue"]["camera"] == CAMERA


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Gerbang Utra", at(0), at(1)], "there is no camera 'Gerbang Utra'; Gerbang Utara may"),
        ([NAME, at(20), at(21)], f"nothing of {NAME} is kept between 2026-09-21T21:13:40.000+07"),
        ([NAME, at(0), at(1), "--stream", "sub"], f"nothing of {NAME} is kept between"),
        ([NAME, "2026-09-21", at(1)], "is a whole day; write the time too"),
        ([NAME, at(1), at(0)], "is not after FROM"),
        ([NAME, at(0), at(90_000)], "more than 24 hours"),
        ([NAME, at(0), at(1), "--camera", "x"], "--camera is for a FOLDER"),
    ],
)
def test_an_export_that_cannot_be_is_a_sentence(
    shelf: Shelf, tmp_path: Path, words: list[str], sentence: str
) -> None:
    source, begin, end, *more = words
    assert sentence in refused(export, shelf, source, begin, end, tmp_path / "out.mp4", *more)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Gerbang Utra", "--at", at(0)], "there is no camera 'Gerbang Utra'"),
        ([NAME, "Pos", "--at", at(0)], "--at takes one camera, and 2 names stand there"),
        ([NAME, "--stream", "sub"], "add --at TIME"),
        ([NAME, "--at", "now"], "'now' is not a time"),
    ],
)
def test_an_inspection_that_cannot_be_is_a_sentence(
    shelf: Shelf, words: list[str], sentence: str
) -> None:
    assert sentence in refused(inspect, shelf, *words)


def test_without_settings_a_name_is_no_folder_and_no_camera(tmp_path: Path) -> None:
    nowhere = ("--config", tmp_path / "nowhere.toml")
    for begin in (at(0), "2026-09-21T21:13:20"):
        result = ronda("export", "nowhere", begin, at(1), tmp_path / "out.mp4", *nowhere)
        assert result.returncode == 1
        assert "'nowhere' is no folder, and no camera by that name: " in result.stderr
    assert ronda("inspect", "nowhere", "--at", at(0), *nowhere).returncode == 1
