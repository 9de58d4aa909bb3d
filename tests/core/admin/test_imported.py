"""A table of devices is stored as a whole or not at all, and twice is as good as once."""

from __future__ import annotations

import binascii
import time

import pytest

from nvr_core.admin import answers, questions
from nvr_core.admin.imported import NoTable
from nvr_core.admin.office import Office
from tests.core.admin.filled import said

HEAD = "vendor,name,address,port,username,password,uplink,main,transport\n"


def row(number: int) -> str:
    address = f"10.0.{number // 250}.{1 + number % 250}"
    return f"onvif,Titik {number},{address},,admin,rahasia,JakWIFI 3,,\n"


async def imported(office: Office, text: str, *, dry_run: bool = False) -> list[answers.Imported]:
    table = binascii.b2a_base64(text.encode(), newline=False).decode()
    found = await said(office, questions.DevicesImported(table=table, dry_run=dry_run))
    return [one for one in found if isinstance(one, answers.Imported)]


def names(office: Office) -> list[str]:
    return [one.name for one in office.devices.written.devices]


async def test_all_rows_are_stored_with_their_secrets_sealed(office: Office) -> None:
    text = HEAD + "".join(row(number) for number in range(100))
    text += "rtsp,Gerbang,,,,,,rtsp://admin:kunci@10.9.0.1/1,udp\n"
    found = await imported(office, text)
    assert {one.state for one in found} == {"added"}
    assert len(names(office)) == 101
    written = office.devices.written
    gate = next(one for one in written.devices if one.name == "Gerbang")
    stored = next(one for one in written.instances if one.instance == gate.instance)
    assert stored.config["main"] == "rtsp://10.9.0.1/1"
    assert stored.config["transport"] == "udp"
    assert written.secrets[gate.instance] == {"password": "kunci"}
    assert next(one for one in written.devices if one.name == "Titik 3").uplink == "JakWIFI 3"


async def test_again_makes_no_duplicates(office: Office) -> None:
    text = HEAD + row(1) + row(2)
    await imported(office, text)
    found = await imported(office, text + row(3))
    assert [(one.name, one.state) for one in found] == [
        ("Titik 1", "there"),
        ("Titik 2", "there"),
        ("Titik 3", "added"),
    ]
    assert names(office) == ["Titik 1", "Titik 2", "Titik 3"]


async def test_a_dry_run_stores_nothing(office: Office) -> None:
    found = await imported(office, HEAD + row(1), dry_run=True)
    assert [one.state for one in found] == ["good"]
    assert names(office) == []


MISTAKES = {
    "onvif,,10.1.0.1,,,,,,": ("name", "write 1 to 80"),
    f"onvif,{'x' * 81},10.1.0.2,,,,,,": ("name", "write 1 to 80"),
    "acme,Titik A,10.1.0.3,,,,,,": ("vendor", "there is no vendor 'acme'; vendors that can"),
    ",Titik B,10.1.0.4,,,,,,": ("vendor", "there is no vendor ''"),
    "onvif,Titik C,,,admin,x,,,": ("address", "missing"),
    "onvif,Titik D,10.1.0.5,70000,,,,,": ("port", "70000 is not a number from 1 to 65535"),
    "onvif,Titik E,10.1.0.6,delapan,,,,,": ("port", "is not a number from 1 to 65535"),
    "onvif,Titik F,10.1.0.7,,,,,,sctp": ("transport", "is not one of tcp, udp"),
    "onvif,Titik G,10.1.0.8,,,,,rtsp://10.0.0.7/1,": ("main", "there is no option 'main'"),
    "rtsp,Titik H,,,,,,10.0.0.7,": ("main", "must begin with /"),
    f"onvif,Titik I,10.1.0.9,,,,{'u' * 61},,": ("uplink", "is no name of up to 60"),
    "onvif,titik  1,10.1.0.10,,,,,,": ("name", "is the name in row 2 already"),
    "onvif,Titik J,10.0.0.2,,,,,,": ("address", "10.0.0.2 is the device of row 2 already"),
    "onvif,Titik K,10.1.0.11,,,,,,,,zuviel": ("", "cells for 9 columns"),
}
"""A row → the column of its mistake, and what is said of it."""


async def test_every_mistake_is_told_at_its_place_and_nothing_is_stored(office: Office) -> None:
    good = [row(1), *(row(number) for number in range(10, 100))]
    wrong = [f"{line}\n" for line in MISTAKES]
    began = time.monotonic()
    found = await imported(office, HEAD + "".join([*good, *wrong]))
    assert time.monotonic() - began < 5
    assert names(office) == []
    told = {one.row: (one.column, one.sentence) for one in found}
    assert len(found) == len(told) == len(MISTAKES), "one mistake a row"
    for place, (line, (column, why)) in enumerate(MISTAKES.items(), 2 + len(good)):
        assert told[place][0] == column, line
        assert why in told[place][1], line
    assert "x" * 200 not in "".join(sentence for _, sentence in told.values())


async def test_what_the_office_has_is_not_taken_twice(office: Office) -> None:
    await imported(office, HEAD + row(1) + row(2))
    (named,) = await imported(office, HEAD + "onvif,Titik 1,10.7.7.7,,,,,,\n")
    assert (named.column, named.state) == ("name", "wrong")
    assert "is a device already, with other settings" in named.sentence
    (placed,) = await imported(office, HEAD + "onvif,Lain,10.0.0.3,,,,,,\n")
    assert placed.sentence == "10.0.0.3 is the device 'Titik 2' already"
    assert names(office) == ["Titik 1", "Titik 2"]


async def test_a_password_is_never_said(office: Office) -> None:
    text = "vendor,name,address,port,password\nonvif,Titik,10.0.0.1,x,rahasia-besar\n"
    found = await imported(office, text)
    assert found
    assert "rahasia-besar" not in repr(found)


async def test_what_is_no_table_is_refused(office: Office) -> None:
    with pytest.raises(NoTable, match="no base64"):
        await said(office, questions.DevicesImported(table="ä"))
