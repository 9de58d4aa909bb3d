"""docs/ref/settings.md says of every field what the model says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from nvr_core import settings
from nvr_core.settings.model import Camera, Plugins, Section, Server, Settings, Storage

PAGE = Path(__file__).parents[3] / "docs" / "ref" / "settings.md"
TABLES = {
    "The whole file": Settings,
    "[server]": Server,
    "[storage]": Storage,
    "[plugins]": Plugins,
    "[[camera]]": Camera,
}


def default(value: object) -> str:
    if value is PydanticUndefined:
        return "must be written"
    if value is None or value == () or isinstance(value, BaseModel):
        return "none"
    return (
        f"`{str(value).lower()}`"
        if isinstance(value, bool)
        else f'`"{value}"`'
        if isinstance(value, str)
        else f"`{value}`"
    )


def table(model: type[Section]) -> str:
    """The table as it should stand on the page."""
    rows = [
        f"| `{name}` | {field.title} | {default(field.default)} | {field.description} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(
        ["| field | what is right | default | what it means |", "|---|---|---|---|", *rows]
    )


@pytest.mark.parametrize(("heading", "model"), TABLES.items())
def test_the_page_says_what_the_model_says(heading: str, model: type[Section]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    written = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    assert written == table(model), f"write under {heading}:\n{table(model)}"


def test_every_table_of_the_file_has_its_heading() -> None:
    every = {Settings, *(kind for kind in Section.__subclasses__() if kind is not Settings)}
    assert every == set(TABLES.values())


def test_its_example_can_be_used() -> None:
    page = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert examples
    for text in examples:
        assert tomllib.loads(text)
        assert settings.parse(text, Path("/etc/ronda/ronda.toml")).camera
