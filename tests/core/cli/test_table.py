"""Listings fit 80 columns, and figures have one form."""

from __future__ import annotations

import pytest

from nvr_core.cli import table
from nvr_core.clock import SECOND


def test_the_first_column_gives_way() -> None:
    lines = table.table(("camera", "kept"), [("x" * 200, "1 GiB"), ("a", "20 GiB")], right=" >")
    assert [len(line) for line in lines] == [80, 80, 80]
    assert lines[1].endswith("x…   1 GiB")
    assert lines[2].startswith("a ")


def test_a_text_of_others_steers_no_terminal() -> None:
    assert table.plain("a\x1b[31m\nb\u202e") == "a [31m b "
    assert table.clipped("abcdef", 4) == "abc…"


def test_sentences_are_wrapped() -> None:
    lines = table.wrapped("word " * 40)
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("  word")
    assert lines[1].startswith("    word")
    assert table.wrapped("") == [""]


def test_fields_stand_beneath_each_other_and_paths_stay_whole() -> None:
    path = "/srv/" + "x" * 100
    lines = table.fields([("id", "7"), ("state", "a sentence " * 10), ("root", path), ("none", "")])
    assert lines[0] == "  id     7"
    assert lines[2].startswith("         ")
    assert any(line.endswith(path) for line in lines)
    assert lines[-1] == "  none   -"


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (0, "0:00:00.0"),
        (49_999, "0:00:00.0"),
        (50_000, "0:00:00.1"),
        (59_960_000, "0:01:00.0"),
        (26 * 3600 * SECOND + 184_500_000, "26:03:04.5"),
    ],
)
def test_lengths(span: int, shown: str) -> None:
    assert table.length(span) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "-"),
        (1, 1, "100.00 %"),
        (999_999_999, 1_000_000_000, "99.99 %"),
        (0, 5, "0.00 %"),
        (1, 3, "33.33 %"),
    ],
)
def test_percentages_are_rounded_down(part: int, whole: int, shown: str) -> None:
    assert table.percent(part, whole) == shown
