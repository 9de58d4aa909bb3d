"""Every row of docs/design/faults.md has its switches in the code and a test of its own."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from nvr_core.simulators import CameraSpec, Faults, simulate

TABLE = Path(__file__).parents[3] / "docs" / "design" / "faults.md"
WITHOUT = {7}
"""Rows that the document says to have no switch."""


def rows(text: str) -> dict[int, list[str]]:
    """Row number → the switches named in its last column."""
    lines = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", text, re.MULTILINE)
    return {int(row): re.findall(r"`([\w.]+)", switches) for row, switches in lines}


def exists(switch: str) -> bool:
    owner, _, name = switch.rpartition(".")
    if switch == "simulate":
        return "tls" in inspect.signature(simulate).parameters
    fields = CameraSpec if owner == "CameraSpec" else Faults
    return name in inspect.signature(fields).parameters


ROWS = rows(TABLE.read_text())
TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))


def test_the_table_has_every_row() -> None:
    assert list(ROWS) == list(range(1, 28))
    assert {row for row, switches in ROWS.items() if not switches} == WITHOUT


@pytest.mark.parametrize("row", sorted(set(ROWS) - WITHOUT))
def test_a_row_has_its_switch_and_its_test(row: int) -> None:
    assert all(exists(switch) for switch in ROWS[row])
    assert f"def test_row_{row}_" in TESTS


def test_every_switch_with_a_row_is_in_the_table() -> None:
    code = Path(inspect.getsourcefile(Faults) or "").read_text()
    named = re.findall(r'    (\w+): [^"]*?"""Row (\d+)', code)
    assert len(named) > 20
    assert [switch for switch, row in named if switch not in ROWS[int(row)]] == []


def test_a_row_or_switch_that_is_missing_would_be_found() -> None:
    assert rows("| 3 | x | `nonsense`, `CameraSpec.fps` |") == {3: ["nonsense", "CameraSpec.fps"]}
    assert not exists("nonsense")
    assert exists("CameraSpec.fps")
