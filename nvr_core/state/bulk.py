"""Many rows in one statement, handed to the driver as they are.

SQLAlchemy looks at each value of each row on its way to the driver. For a few rows that costs
nothing; for the five rows that every closed segment moves it was half of the work. The statement is
still SQLAlchemy's, compiled once for whichever database it is, so values must be what its driver
takes: numbers, text, bytes; ids as `packed_id` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Insert, Update

Rows = Sequence[Mapping[str, Any]]


def inserted(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        _run(connection, _insert(table, tuple(rows[0])), rows)


def updated(connection: Connection, statement: Update, rows: Rows) -> int:
    """Run a statement for each row. Returns how many rows of the table there were to change.

    statement: made once, with bindparam(key) where a row's value belongs.
    """
    return _run(connection, statement, rows) if rows else 0


def deleted(connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
    """Delete the rows that have one of these values in a column that has an index."""
    if values:
        _run(connection, _delete(column), [{"one": value} for value in values])


def _run(connection: Connection, statement: Insert | Update | Delete, rows: Rows) -> int:
    text, order = _compiled(statement, connection.dialect)
    if order is None:  # a driver whose parameters are named
        return connection.exec_driver_sql(text, [dict(row) for row in rows]).rowcount
    values = [tuple([row[name] for name in order]) for row in rows]
    return connection.exec_driver_sql(text, values).rowcount


# A handful of statements, compiled once each: compiling one costs as much as running 100 rows.


@lru_cache(64)
def _insert(table: Table, names: tuple[str, ...]) -> Insert:
    return insert(table).values({name: bindparam(name) for name in names})


@lru_cache(64)
def _delete(column: Column[Any]) -> Delete:
    return delete(column.table).where(column == bindparam("one"))


@lru_cache(64)
def _compiled(
    statement: Insert | Update | Delete, dialect: Dialect
) -> tuple[str, Sequence[str] | None]:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), compiled.positiontup
