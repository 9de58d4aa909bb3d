"""Many rows in one statement, handed to the driver as they are.

SQLAlchemy looks at each value of each row on its way to the driver. For a few rows that costs
nothing; for the five rows that every closed segment moves it was half of the work. The statement is
still SQLAlchemy's, compiled for whichever database it is, so values must be what its driver takes:
numbers, text, bytes; ids as `packed_id` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, insert, update
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Insert, Update


def inserted(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        _run(connection, insert(table).values({name: bindparam(name) for name in rows[0]}), rows)


def updated(
    connection: Connection,
    table: Table,
    where: Mapping[str, ColumnElement[Any]],
    values: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> int:
    """Change the row of each mapping. Returns how many rows there were to change.

    where: key of the mapping → the column that must have its value. values: column → what it
    becomes, in which bindparam(key) stands for the mapping's value.
    """
    if not rows:
        return 0
    found = [column == bindparam(key) for key, column in where.items()]
    return _run(connection, update(table).where(*found).values(dict(values)), rows)


def deleted(connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
    """Delete the rows that have one of these values in a column that has an index."""
    if values:
        statement = delete(column.table).where(column == bindparam("one"))
        _run(connection, statement, [{"one": value} for value in values])


def _run(
    connection: Connection,
    statement: Insert | Update | Delete,
    rows: Sequence[Mapping[str, Any]],
) -> int:
    compiled = statement.compile(dialect=connection.dialect)
    assert isinstance(compiled, SQLCompiler)
    order = compiled.positiontup
    if order is None:  # a driver whose parameters are named
        return connection.exec_driver_sql(str(compiled), [dict(row) for row in rows]).rowcount
    values = [tuple([row[name] for name in order]) for row in rows]
    return connection.exec_driver_sql(str(compiled), values).rowcount
