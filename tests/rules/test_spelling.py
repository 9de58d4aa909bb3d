"""No file spells a machine or a registry, no test is passed over; planted ones are found."""

from __future__ import annotations

import pytest

from tests.rules.spelling import skips, spelling
from tests.rules.tree import ROOT, Plant


def test_the_project_names_no_machine() -> None:
    spelling(ROOT).must_hold()


def test_no_test_of_the_project_is_passed_over() -> None:
    skips(ROOT).must_hold()


@pytest.mark.parametrize(
    "line",
    [
        "cd /wo" + "rk/main",
        "key = '/ro" + "ot/.config'",
        "see /ho" + "me/somebody/notes",
        "--find-" + "links somewhere",
        "https://py" + "pi.org/simple",
        "https://files.python" + "hosted.org/a.whl",
        "deb http://deb.debian" + ".org/debian trixie main",
    ],
)
@pytest.mark.parametrize("path", ["requirements/test.txt", "docs/guide/install.md", "scripts/demo"])
def test_a_planted_machine_or_registry_is_found(plant: Plant, path: str, line: str) -> None:
    (breach,) = spelling(plant({path: f"fine\n{line}\n"})).breaches
    assert (breach.path, breach.line) == (path, 2)


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\npytest.skip('later')",
        "import pytest\n@pytest.mark.skipif(True, reason='x')\ndef test_x(): ...",
        "import pytest\n@pytest.mark.xfail\ndef test_x(): ...",
        "from pytest import importorskip",
    ],
)
def test_a_planted_skip_is_found(plant: Plant, text: str) -> None:
    assert len(skips(plant({"tests/core/test_x.py": text})).breaches) == 1
    assert len(skips(plant({"docs/examples/nvr-x/tests/test_x.py": text})).breaches) == 2
