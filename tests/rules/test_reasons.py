"""No checker is told to look away without a reason; planted marks are found."""

from __future__ import annotations

import pytest

from tests.rules.reasons import reasons
from tests.rules.tree import ROOT, Plant

# Written in pieces, so that this file does not find itself.
IGNORE = "# type: " + "ignore"
QUIET = "# no" + "qa"


def test_each_mark_of_the_project_has_its_reason() -> None:
    reasons(ROOT).must_hold()


@pytest.mark.parametrize(
    "line",
    [
        f"x = y()  {IGNORE}",
        f"x = y()  {IGNORE}[arg-type]",
        f"x = y()  {IGNORE}[arg-type, union-attr]  #",
        f"x = y()  {QUIET}",
        f"x = y()  {QUIET}: S101",
        f"x = y()  {QUIET}: S101, E501 --",
        f"x = y()  {IGNORE}[misc]  {QUIET}: S101",
    ],
)
@pytest.mark.parametrize("path", ["nvr_core/a.py", "web/nvr_web/a.py", "tests/core/test_a.py"])
def test_a_planted_mark_without_a_reason_is_found(plant: Plant, path: str, line: str) -> None:
    (breach,) = reasons(plant({path: f"# fine\n\n{line}\n"})).breaches
    assert (breach.path, breach.line) == (path, 3)


@pytest.mark.parametrize(
    "text",
    [
        f"x = y()  {IGNORE}[arg-type]  # a test's own fields",
        f"x = y()  {QUIET}: S101 -- what the kernel gives",
        f"# What the library's stub lacks.\nx = y()  {IGNORE}[attr-defined]",
        f"x = '{IGNORE}'",
        "# It is not ours to ignore, type: any.",
    ],
)
def test_a_reason_behind_it_or_above_is_enough(plant: Plant, text: str) -> None:
    assert reasons(plant({"nvr_core/a.py": f"{text}\n"})).breaches == []
