"""The pages about the schema as the tables say it; `python -m tests.core.state.schema_page`
writes them."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Column, Table

from nvr_core.state import tables
from nvr_core.state.columns import Id

FOLDER = Path(__file__).parents[3] / "docs" / "ref"

HEAD = """# Schema: {title}

Written from the tables' own comments (`nvr_core/state/tables`), which a test compares with this
page. Why it is cut this way stands in [the catalogue](../design/catalogue.md). Times are whole
microseconds UTC. `→ x` points at the local number of a row of `x`; "null" in a meaning says that
the column may be empty. The other page is about [{other_title}]({other}).
"""

TITLES = {
    "schema.md": "what was recorded",
    "schema-office.md": "what the office has and sets",
}
RECORDED = {
    "What recorders tell": ("recorders", "recorder_starts", "lifetimes", "runs", "gaps"),
    "Footage": ("segments", "encodings", "files", "writing", "volumes", "totals"),
}
OFFICE = {
    "Devices": (
        "instances",
        "remembered",
        "devices",
        "identities",
        "channels",
        "cameras",
        "streams",
    ),
    "People": ("holds", "schedules", "events", "settings"),
}
PAGES = {"schema.md": RECORDED, "schema-office.md": OFFICE}


def kind(column: Column[object]) -> str:
    """A column's type in a word."""
    for key in column.foreign_keys:
        return f"→ {key.column.table.name}"
    if isinstance(column.type, Id):
        return "uuid"
    words = {"BIGINT": "number", "TEXT": "text", "BLOB": "bytes", "BOOLEAN": "yes or no"}
    return words[str(column.type)]


def section(table: Table) -> str:
    comment = " ".join((table.comment or "").split())
    rows = [f"| `{one.name}` | {kind(one)} | {one.comment} |" for one in table.columns]
    return "\n".join(
        [
            f"### {table.name}",
            "",
            comment,
            "",
            "| column | kind | meaning |",
            "|---|---|---|",
            *rows,
        ]
    )


def page(name: str) -> str:
    """The whole page."""
    (other,) = set(PAGES) - {name}
    head = HEAD.format(title=TITLES[name], other=other, other_title=TITLES[other])
    found = [head]
    for chapter, names in PAGES[name].items():
        found.append(f"## {chapter}\n")
        found += [f"{section(tables.metadata.tables[name])}\n" for name in names]
    return "\n".join(found)


if __name__ == "__main__":
    for written in PAGES:
        (FOLDER / written).write_text(page(written), encoding="utf-8")
        sys.stdout.write(f"{FOLDER / written}\n")
