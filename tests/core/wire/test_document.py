"""docs/ref/wire.md and facts.md name every message, every field, its type and its default."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from nvr_core.wire import codec
from nvr_core.wire.parts import PackedParts, Part
from nvr_core.wire.pictures import PictureWanted
from nvr_core.wire.wants import PROTOCOL, Login, Source, StreamWant, Window

PAGES = [Path(__file__).parents[3] / "docs" / "ref" / name for name in ("wire.md", "facts.md")]
INSIDE = {codec.type_name(kind): kind for kind in (Part, StreamWant, Source, Login, Window)}
MESSAGES = {**codec.REQUESTS, **codec.KEPT, **codec.NEWS, **INSIDE, "picture": PictureWanted}
WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def spoken(hint: Any) -> str:
    """A field's type in the words of the page."""
    if hint is PackedParts:
        return "packed list of [part](#part)"
    if hint in WORDS:
        return WORDS[hint]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return f"[{codec.type_name(hint)}](#{codec.type_name(hint)})"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "cause"
    inside = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        return f"{spoken(inside[0])} or null"
    return f"list of {spoken(inside[0])}" if origin is tuple else f"object of {spoken(inside[1])}"


def default(field: dataclasses.Field[Any]) -> str:
    """What a field is when it is left out, "" when it must be there."""
    if field.default_factory is not dataclasses.MISSING:
        return ", may be absent: `{}`"
    if field.default is dataclasses.MISSING:
        return ""
    return f", may be absent: `{json.dumps(field.default)}`"


def rows(kind: type) -> list[str]:
    """The first two cells of each row as they should stand on the page."""
    hints = typing.get_type_hints(kind)
    return [
        f"| `{one.name}` | {spoken(hints[one.name])}{default(one)} |"
        for one in dataclasses.fields(kind)
    ]


def whole() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def sections() -> dict[str, str]:
    return dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", whole(), re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(("name", "kind"), MESSAGES.items())
def test_every_field_stands_on_the_page(name: str, kind: type) -> None:
    body = sections()[name]
    written = [line for line in body.splitlines() if line.startswith("| `")]
    expected = rows(kind)
    shown = "\n".join(expected)
    assert [" | ".join(line.split(" | ")[:2]) + " |" for line in written] == expected, shown
    assert all(line.split(" | ")[2].strip(" |") for line in written), "each field has a meaning"


def test_no_message_stands_on_the_page_that_is_none() -> None:
    assert set(sections()) == set(MESSAGES)


def test_its_bounds_and_version_are_those_of_the_code() -> None:
    page = whole()
    assert f"{codec.LINE_LIMIT >> 20} MiB" in page
    assert f"version {PROTOCOL}" in page
