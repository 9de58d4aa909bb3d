"""Every row of the table of faults that the simulator is for has a switch and a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nvr_core.simulators import faults, site, spec

ROWS = [*range(1, 7), *range(8, 28)]
"""Row 7, smart codecs, is a matter of a camera's settings: nothing on the wire shows it."""


def sources(*modules: object) -> str:
    return "".join(Path(str(vars(module)["__file__"])).read_text() for module in modules)


def rows_with_a_switch(text: str) -> set[int]:
    return {int(row) for row in re.findall(r"\b[Rr]ows? (\d+)", text)}


def rows_with_a_test(text: str) -> set[int]:
    return {int(row) for row in re.findall(r"def test_row_(\d+)_", text)}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_its_switch_and_its_test(row: int) -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert row in rows_with_a_switch(sources(faults, spec, site))
    assert row in rows_with_a_test(tests)


def test_a_missing_row_would_be_found() -> None:
    assert 99 not in rows_with_a_switch(sources(faults, spec, site))
    assert rows_with_a_test("async def test_row_3_x(): ...\ndef test_row_x(): ...") == {3}
