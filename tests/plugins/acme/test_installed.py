"""The example's wheel beside ours, in an environment where nothing of this tree can be imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shows.fresh import ACME, ROOT, Fresh, wheel


@pytest.fixture
def fresh(tmp_path: Path) -> Fresh:
    made = Fresh.make(tmp_path / "fresh")
    made.borrow()
    made.install_wheels(wheel(ROOT, tmp_path), wheel(ACME, tmp_path))
    return made


def told(fresh: Fresh, *options: str) -> dict[str, Any]:
    """What `ronda plugins` says of the plugin."""
    said = fresh.run([fresh.ronda, "plugins", "--json", *options]).stdout
    found: dict[str, dict[str, Any]] = {
        one["plugin"]: one for one in map(json.loads, said.splitlines())
    }
    return found["acme"]


def test_it_is_found_loaded_and_told_with_its_maker(fresh: Fresh) -> None:
    where = "import nvr_core, nvr_acme; print(nvr_core.__file__); print(nvr_acme.__file__)"
    homes = fresh.run([fresh.python, "-c", where]).stdout.splitlines()
    assert all(Path(home).is_relative_to(fresh.folder) for home in homes), homes
    assert told(fresh) == {
        "plugin": "acme",
        "state": "loaded",
        "sentence": None,
        "distribution": "nvr-acme",
        "version": "0.1.0",
        "author": "A Stranger",
        "home_page": "https://acme.example/nvr-acme",
        "file": "",
        "bundled": False,
        "provides": [{"kind": "vendor", "name": "acme", "title": "Acme"}],
    }
    lines = fresh.run([fresh.ronda, "plugins"]).stdout
    for line in (
        "acme  loaded\n",
        "nvr-acme 0.1.0\n",
        "A Stranger\n",
        "https://acme.example/nvr-acme\n",
    ):
        assert line in lines
    assert told(fresh, "--safe")["state"] == "left-out"


def test_its_wheel_holds_the_package_with_its_texts_and_no_tests(tmp_path: Path) -> None:
    fresh = Fresh.make(tmp_path / "fresh")
    fresh.install_wheels(wheel(ACME, tmp_path))
    found = "from importlib.metadata import files; print(*map(str, files('nvr-acme')), sep='\\n')"
    names = fresh.run([fresh.python, "-c", found]).stdout.splitlines()
    own = {name for name in names if ".dist-info/" not in name and "__pycache__" not in name}
    there = {
        str(path.relative_to(ACME))
        for path in (ACME / "nvr_acme").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert own == there
    assert "nvr_acme/locale/id.po" in own
