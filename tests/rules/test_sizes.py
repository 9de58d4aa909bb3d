"""Files stay short and names say something; one line too many is found."""

from __future__ import annotations

import pytest

from tests.rules.sizes import LINES, SCRIPT_LINES, names, sizes
from tests.rules.tree import ROOT, Plant


def test_the_projects_files_are_short() -> None:
    sizes(ROOT).must_hold()


def test_the_projects_names_say_something() -> None:
    names(ROOT).must_hold()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("nvr_core/media/sdp.py", LINES),
        ("tests/core/test_sdp.py", LINES),
        ("tests/rules/sizes.py", LINES),
        ("scripts/demo", SCRIPT_LINES),
        (".ci/run", SCRIPT_LINES),
        ("web/nvr_web/static/player.js", LINES),
        ("web/nvr_web/templates/wall.html", LINES),
        ("docs/guide/install.md", LINES),
        ("pyproject.toml", LINES),
    ],
)
def test_one_line_too_many_is_found(plant: Plant, path: str, most: int) -> None:
    assert not sizes(plant({path: "\n" * most})).breaches
    (breach,) = sizes(plant({path: "\n" * (most + 1)})).breaches
    assert (breach.path, breach.line) == (path, most + 1)


@pytest.mark.parametrize(
    "path", ["nvr_core/state/migrations/0001_first.py", "CHANGELOG.md", "requirements/test.txt"]
)
def test_what_grows_by_its_nature_is_exempt(plant: Plant, path: str) -> None:
    verdict = sizes(plant({path: "\n" * (LINES + 1), "README.md": "\n"}))
    assert verdict.looked_at == 1
    assert not verdict.breaches


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        ("nvr_core/media/utils.py", "", "utils"),
        ("nvr_core/camera_manager/__init__.py", "", "manager"),
        ("web/nvr_web/a.py", "class RequestHandler: ...", "handler"),
        ("nvr_core/a.py", "class SDPInfo: ...", "info"),
    ],
)
def test_an_empty_name_is_found(plant: Plant, path: str, text: str, word: str) -> None:
    (breach,) = names(plant({path: text})).breaches
    assert word in breach.sentence


def test_a_name_that_only_contains_such_letters_is_none(plant: Plant) -> None:
    root = plant({"nvr_core/database.py": "class Updated: ...\nclass Informed: ...\n"})
    assert not names(root).breaches
