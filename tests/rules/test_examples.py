"""Examples are strangers, whole, and checked as ours; each planted breach is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules import examples
from tests.rules.tree import ROOT, Plant, Verdict

RULES = (examples.checked, examples.imports, examples.whole)
HERE = "docs/examples/nvr-odd"
TREE = {
    "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests", "docs/examples"]\n'
    f'pythonpath = [".", "{HERE}"]\n[tool.mypy]\nstrict = true\n',
    "scripts/check": "python -m ruff check\npython -m mypy nvr_core docs/examples\n",
    f"{HERE}/README.md": "# Odd\n",
    f"{HERE}/pyproject.toml": '[project]\nversion = "1"\nauthors = []\nlicense = "MIT"\nurls = {}\n'
    '[project.entry-points."nvr_core.plugins.v1"]\nodd = "nvr_odd"\n',
    f"{HERE}/nvr_odd/__init__.py": "from nvr_core.contract import Vendor\nimport aiohttp\n",
    f"{HERE}/nvr_odd/locale/id.po": "",
    f"{HERE}/tests/test_odd.py": "from nvr_core.testing.vendor_suite import VendorSuite\n"
    "class TestOdd(VendorSuite): ...\n",
}
CODE = f"{HERE}/nvr_odd/__init__.py"
TEST = f"{HERE}/tests/test_odd.py"
OWN = f"{HERE}/pyproject.toml"
PLANTED = [
    (examples.imports, CODE, "nvr_core.contract", "nvr_core.wire.log", "nvr_core.wire.log.Vendor"),
    (examples.imports, CODE, "nvr_core.contract", "nvr_plugins.rtsp", "nvr_plugins.rtsp.Vendor"),
    (examples.imports, CODE, "nvr_core.contract", "nvr_core.testing.a", "nvr_core.testing.a"),
    (examples.imports, TEST, "nvr_core.testing", "nvr_core.host", "nvr_core.host.vendor_suite"),
    (examples.checked, "scripts/check", " docs/examples", "", "mypy of scripts/check"),
    (examples.checked, "scripts/check", "ruff check", "ruff check nvr_core", "ruff of scripts"),
    (examples.checked, "pyproject.toml", ', "docs/examples"', "", "testpaths"),
    (examples.checked, "pyproject.toml", f', "{HERE}"', "", "pythonpath"),
    (
        examples.checked,
        "pyproject.toml",
        "[tool.mypy]",
        "[tool.ruff]\nexclude=['docs']",
        "docs may",
    ),
    (examples.whole, OWN, "plugins.v1", "plugins.v0", "has no entry point"),
    (examples.whole, OWN, 'license = "MIT"', "", "does not tell license"),
    (examples.whole, OWN, "[project]", "[tool.ruff]\n[project]", "settings of its own"),
    (examples.whole, OWN, '"nvr_odd"', '"nvr_even"', "nvr_even has no locale/id.po"),
    (examples.whole, TEST, "(VendorSuite)", "", "inherits a suite"),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_projects_examples_keep_it(rule: Callable[[Path], Verdict]) -> None:
    rule(ROOT).must_hold()


@pytest.mark.parametrize("rule", RULES)
def test_a_whole_example_has_no_breach(plant: Plant, rule: Callable[[Path], Verdict]) -> None:
    rule(plant(TREE)).must_hold()


@pytest.mark.parametrize(("rule", "path", "old", "new", "sentence"), PLANTED)
def test_a_planted_breach_is_found(
    plant: Plant,
    rule: Callable[[Path], Verdict],
    path: str,
    old: str,
    new: str,
    sentence: str,
) -> None:
    changed = TREE[path].replace(old, new)
    assert changed != TREE[path]
    found = [str(breach) for breach in rule(plant({**TREE, path: changed})).breaches]
    assert any(sentence in one for one in found), found
