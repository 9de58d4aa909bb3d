"""A table is read as spreadsheets write it, and every mistake in its form has a place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.devices import sheet
from nvr_core.devices.sheet import BYTES, CELL, ROWS, Line

HEAD = "vendor,name,address,password\n"
ROW = "onvif,Gerbang,10.0.0.7,rahasia\n"
CELLS = {"vendor": "onvif", "name": "Gerbang", "address": "10.0.0.7", "password": "rahasia"}


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ROW,
        "\ufeff" + HEAD + ROW,
        (HEAD + ROW).replace(",", ";"),
        (HEAD + ROW).replace(",", "\t"),
        (HEAD + ROW).replace("\n", "\r\n"),
        HEAD.upper() + ROW + "\n,,,\n",
        "Vendor, Name ,address,password,,\nonvif, Gerbang ,10.0.0.7,rahasia,,\n",
        'vendor,name,address,password\n"onvif","Gerbang","10.0.0.7","rahasia"\n',
    ],
)
def test_every_spreadsheets_way_is_read(text: str) -> None:
    found = sheet.read(text.encode())
    assert found.wrong == []
    assert found.lines == [Line(row=2, cells=CELLS)]


def test_cells_that_are_empty_say_nothing_and_a_short_row_is_one() -> None:
    found = sheet.read((HEAD + "onvif,Pos,,\nonvif,Gang\n").encode())
    assert [line.cells for line in found.lines] == [
        {"vendor": "onvif", "name": "Pos"},
        {"vendor": "onvif", "name": "Gang"},
    ]


def test_a_comma_in_quotes_is_a_comma() -> None:
    found = sheet.read((HEAD + 'onvif,"Gang 3, RT 01",10.0.0.7,"a ""b"""\n').encode())
    assert found.lines[0].cells["name"] == "Gang 3, RT 01"
    assert found.lines[0].cells["password"] == 'a "b"'


@pytest.mark.parametrize(
    ("content", "row", "column", "why"),
    [
        (b"", 0, "", "it is empty"),
        (b"\n\n", 1, "vendor", "it is missing"),
        (HEAD.encode() + b"onvif,G\xe4ng,10.0.0.7,\n", 0, "", "row 2 is not UTF-8"),
        ("vendor,name\n".encode("utf-16"), 0, "", "not UTF-8"),
        (b"vendor\0,name\n", 0, "", "it is no text"),
        (b"vendor,address\n", 1, "name", "it is missing"),
        (b"vendor,name,,address\n", 1, "", "column 3 has no name"),
        (b"vendor,name,Name\n", 1, "name", "it is there twice"),
        (("vendor,name" + ",x" * 99 + "\n").encode(), 1, "", "columns are too many"),
        (HEAD.encode() + b"onvif,Gang,10.0.0.7,a,b\n", 2, "", "5 cells for 4 columns"),
        (HEAD.encode() + b'onvif,"Gang"x,1,2\n', 0, "", "row 2: "),
        (HEAD.encode() + f"onvif,{'x' * (CELL + 1)}\n".encode(), 2, "name", "characters"),
        (HEAD.encode() + ROW.encode() * (ROWS + 1), 0, "", "more than"),
        (b"x" * (BYTES + 1), 0, "", "bytes"),
    ],
    ids=lambda one: one[:20].decode("latin-1") if isinstance(one, bytes) else "",
)
def test_mistakes_of_form(content: bytes, row: int, column: str, why: str) -> None:
    wrong = sheet.read(content).wrong
    assert (wrong[0].row, wrong[0].column) == (row, column)
    assert why in wrong[0].sentence
    assert str(wrong[0]).startswith("row" if row else "the file")


@given(st.binary(max_size=300) | st.text('vendorname,;\t"\n x', max_size=120).map(str.encode))
def test_no_bytes_raise_anything(content: bytes) -> None:
    found = sheet.read(content)
    for line in found.lines:
        assert all(line.cells.values())
