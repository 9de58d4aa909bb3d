"""A table of devices as a spreadsheet writes it: CSV taken apart into rows of named cells. Pure.

Spreadsheets write commas, or semicolons where a comma divides decimals (as in Indonesia), or tabs,
and a mark of their encoding in front. The first row names the columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BYTES = 1 << 20
ROWS = 2000
COLUMNS = 64
CELL = 4096
"""Characters."""
NEEDED = ("vendor", "name")
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One mistake in a table: where it is, and what would be right."""

    row: int
    """As a spreadsheet counts them: the names of the columns are row 1. 0: the file as a whole."""
    column: str
    """Empty: the row as a whole."""
    sentence: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "the file"
        return f"{place}{f', {self.column}' if self.column else ''}: {self.sentence}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: what is not empty in it, by column."""

    row: int
    cells: Mapping[str, str] = field(repr=False)
    """A password may stand in them."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table, and what is wrong with its form."""

    columns: Sequence[str] = ()
    lines: Sequence[Line] = ()
    wrong: Sequence[Wrong] = ()


def read(content: bytes) -> Sheet:
    """Take a file apart. Every mistake stands in `wrong`; nothing is raised."""
    if len(content) > BYTES:
        return _whole(f"it has {len(content)} bytes; at most {BYTES} are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        return _whole(
            f"row {row} is not UTF-8; save it anew, as “CSV UTF-8” where the program offers that"
        )
    if "\0" in text:
        return _whole("it is no text; save the spreadsheet as CSV")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            rows.append((reader.line_num, cells))
            if len(rows) > ROWS + 1:
                return _whole(f"it has more than {ROWS} rows; divide it")
    except csv.Error as error:
        return _whole(f"row {reader.line_num}: {error}; a cell with a quote in it is quoted itself")
    if not rows:
        return _whole("it is empty; its first row names the columns: vendor, name, address, …")
    return _named(rows)


def _whole(sentence: str) -> Sheet:
    return Sheet(wrong=(Wrong(row=0, column="", sentence=sentence),))


def _delimiter(text: str) -> str:
    head = text.lstrip("\r\n").partition("\n")[0]
    return max(DELIMITERS, key=head.count)


def _named(rows: Sequence[tuple[int, list[str]]]) -> Sheet:
    """Cells by their columns. A cell that spans lines shifts row numbers, as in an editor."""
    columns = [cell.strip().casefold() for cell in rows[0][1]]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > COLUMNS:
        sentence = f"{len(columns)} columns are too many; at most {COLUMNS} are read"
        return Sheet(wrong=(Wrong(row=1, column="", sentence=sentence),))
    wrong = [
        Wrong(row=1, column=name, sentence="it is missing; write a column with this name")
        for name in NEEDED
        if name not in columns
    ]
    for place, name in enumerate(columns):
        if not name:
            wrong.append(
                Wrong(row=1, column="", sentence=f"column {place + 1} has no name; give it one")
            )
        elif name in columns[:place]:
            wrong.append(
                Wrong(row=1, column=name, sentence="it is there twice; take one of them away")
            )
    if wrong:
        return Sheet(columns=columns, wrong=wrong)
    lines = []
    for number, cells in rows[1:]:
        own = [cell.strip() for cell in cells]
        if not any(own):
            continue
        over = [cell for cell in own[len(columns) :] if cell]
        if over:
            sentence = (
                f"it has {len(own)} cells for {len(columns)} columns; a cell with a comma in it "
                "is written in quotes"
            )
            wrong.append(Wrong(row=number, column="", sentence=sentence))
            continue
        lines.append(
            Line(row=number, cells={name: cell for name, cell in zip(columns, own) if cell})  # noqa: B905 -- empty cells at the end of a row may be left out
        )
    for line in lines:
        for name, cell in line.cells.items():
            if len(cell) > CELL:
                sentence = f"it has {len(cell)} characters; at most {CELL} are read"
                wrong.append(Wrong(row=line.row, column=name, sentence=sentence))
    return Sheet(columns=columns, lines=lines, wrong=wrong)
