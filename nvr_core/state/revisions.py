"""Which schema a database has, and which this program knows; found without loading Alembic."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, inspect, text

HERE = "nvr_core.state"
FOLDER = "migrations"


def folder() -> Path:
    """Where the product's migrations lie."""
    return Path(str(importlib.resources.files(HERE))) / FOLDER


def known(scripts: Path) -> Mapping[str, Path]:
    """Revision → its file. A file is named after its revision: 0001_first.py."""
    found = sorted((scripts / "versions").glob("[0-9]*_*.py"))
    return {path.name.partition("_")[0]: path for path in found}


def newest(scripts: Path) -> str:
    """The revision that this program needs."""
    return max(known(scripts))


def present(connection: Connection) -> str | None:
    """The revision of a database; "" for an empty one, None for one of something else."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    if "alembic_version" not in tables:
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    # Alembic makes its table, the others and the row in one transaction.
    return str(found[0]) if len(found) == 1 else None
