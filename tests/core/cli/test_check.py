"""`ronda check` and `ronda rebuild`: with a running server, and where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nvr_core.clock import SECOND, SystemClock
from nvr_core.state.opening import NAME
from nvr_core.testing.story import Story
from nvr_core.wire.ids import new_id
from tests.core.cli.test_asked import WITHOUT, free_port, ronda, server

CAMERA = "0199d0a2-7c3e-7b1a-9d2e-0123456789ab"
SEGMENTS = 3


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An office whose volume holds three segments, and whose catalogue is gone."""
    data = tmp_path / "data"
    folder = data / "volume" / CAMERA / "main" / "2026" / "11" / "24"
    folder.mkdir(parents=True)
    for place in (data, data / "volume"):
        name = "installation.json" if place == data else "volume.json"
        (place / name).write_text('{"installation": "ours"}')
    (data / "volumes.json").write_text(json.dumps({"volumes": [str(data / "volume")]}))
    (data / "cameras.json").write_text(json.dumps({"cameras": {"Gerbang": CAMERA}}))
    began = SystemClock().wall() // SECOND * SECOND - 3600 * SECOND
    story = Story(CAMERA, folder=folder, run=new_id(SystemClock()), wall=began)
    for _ in range(SEGMENTS):
        story.begin(new_id(SystemClock()))
        story.fragment()
        story.close()
    path = tmp_path / "ronda.toml"
    path.write_text(
        f'runtime = "run"\nserver.port = {free_port()}\n'
        '[[camera]]\nname = "Gerbang"\nmain = "rtsp://127.0.0.1:9/x"\n'
    )
    return path


def test_a_catalogue_that_is_gone_comes_back_from_the_volume(config: Path) -> None:
    own = ("--config", config)
    refused = ronda("check", *own)
    assert refused.returncode == 1
    assert "is not there: nothing was recorded" in refused.stderr

    made = ronda("rebuild", *own)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.splitlines() == [
        f"{SEGMENTS} rows and files were looked at, and all is well",
        f"{SEGMENTS} files have a place in the catalogue now and had none",
    ]
    again = ronda("rebuild", *own, "--json").objects()
    assert [(one["adopted"], one["sound"]) for one in again] == [(0, True)]

    well = ronda("check", *own)
    assert (well.returncode, well.stderr) == (0, WITHOUT)
    assert "all is well" in well.stdout


def test_a_running_server_checks_mends_and_rebuilds(config: Path) -> None:
    own = ("--config", config)
    with server(config):
        (found,) = ronda("check", *own, "--json").objects()
        assert (found["sound"], found["counts"]) == (False, {"orphan": SEGMENTS})
        assert ronda("check", *own).returncode == 1
        assert ronda("rebuild", *own, "--json").objects()[0]["adopted"] == SEGMENTS
        assert ronda("check", *own).returncode == 0
        listed = ronda("camera", "list", *own).stdout
        assert "Gerbang" in listed
        assert "nothing recorded yet" not in listed

        lost = next((config.parent / "data" / "volume").rglob("*.mp4"))
        lost.unlink()
        said = ronda("check", *own)
        assert said.returncode == 1
        assert said.stdout.startswith("1 files have a row and are not there (")
        assert str(lost) in said.stdout
        mended = ronda("check", "--mend", *own)
        assert mended.returncode == 0
        assert "marked as missing" in mended.stdout
        assert ronda("check", *own).returncode == 0
    assert (config.parent / "data" / NAME).exists()


def test_volumes_that_nobody_knows_are_not_looked_at(config: Path) -> None:
    (config.parent / "data" / "installation.json").unlink()
    refused = ronda("rebuild", "--config", config)
    assert refused.returncode == 1
    assert "installation.json is missing in the data folder" in refused.stderr
