"""The wheel holds the product and nothing else; what is too much or missing is found."""

from __future__ import annotations

import pytest

from tests.rules.tree import ROOT, Plant
from tests.rules.wheel import wheel

TREE = {
    "pyproject.toml": """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "planted"
version = "1"
license-files = ["LICENSE"]
scripts.planted = "nvr_core:main"
[tool.hatch.build.targets.wheel]
packages = ["nvr_core", "plugins/nvr_plugins", "web/nvr_web"]
""",
    "LICENSE": "do what you like",
    "nvr_core/__init__.py": "",
    "nvr_core/units/ronda.service": "[Service]",
    "plugins/nvr_plugins/__init__.py": "",
    "web/nvr_web/__init__.py": "",
    "web/nvr_web/templates/wall.html": "<p>",
    "tests/test_x.py": "",
}


def test_the_projects_wheel_is_whole() -> None:
    wheel(ROOT).must_hold()


def test_a_whole_tree_has_no_breach(plant: Plant) -> None:
    verdict = wheel(plant(TREE))
    assert verdict.looked_at == 5
    assert not verdict.breaches


@pytest.mark.parametrize(
    ("path", "old", "new", "found"),
    [
        ("pyproject.toml", '["nvr_core", ', '["nvr_core", "tests", ', "tests/test_x.py"),
        (
            "pyproject.toml",
            "[tool.hatch.build.targets.wheel]",
            '[tool.hatch.build]\nexclude = ["*.html"]\n[tool.hatch.build.targets.wheel]',
            "web/nvr_web/templates/wall.html",
        ),
        ("pyproject.toml", '["LICENSE"]', "[]", "pyproject.toml"),
        ("pyproject.toml", "scripts.planted", "x-scripts.planted", "pyproject.toml"),
        ("pyproject.toml", ', "web/nvr_web"', "", "web/nvr_web/__init__.py"),
    ],
)
def test_a_planted_breach_is_found(plant: Plant, path: str, old: str, new: str, found: str) -> None:
    changed = TREE[path].replace(old, new).replace("x-scripts.planted", "urls.planted")
    assert changed != TREE[path]
    assert found in [breach.path for breach in wheel(plant({**TREE, path: changed})).breaches]
