"""Many rows in one statement, handed to the driver, and taken from it, as they are.

SQLAlchemy looks at each value of each row on its way to the driver, and at each statement anew. For
a few rows that costs nothing; for the rows that every closed segment reads and moves it was more
than the database's own work. The statement is still SQLAlchemy's, compiled once for whichever
database it is, so values are what its driver takes and gives: numbers, text, bytes; ids as
`packed_id` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, bindparam, delete, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Insert, Update

Rows = Sequence[Mapping[str, Any]]
Query = Select[*tuple[Any, ...]]
Statement = Insert | Update | Delete | Query

_SLOTS = (8, 256)
"""How many values a statement asks for at once: two texts for each query, however long a list."""


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


def first(
    connection: Connection, query: Query, values: Mapping[str, Any] | None = None
) -> Sequence[Any] | None:
    """The first row that a query finds, None for none.

    query: made once, with bindparam(key) where a value belongs.
    """
    return next(iter(every(connection, query, values)), None)


def every(
    connection: Connection, query: Query, values: Mapping[str, Any] | None = None
) -> Sequence[Sequence[Any]]:
    """All rows that a query finds, as `first`."""
    text, shaped = _compiled(query, connection.dialect)
    return connection.exec_driver_sql(text, shaped(values or {})).all()


def among(
    connection: Connection, query: Query, column: Column[Any], values: Sequence[Any]
) -> list[Sequence[Any]]:
    """The rows of a query that have one of these values in a column that has an index.

    query: made once, without parameters of its own. No value is given twice.
    """
    found: list[Sequence[Any]] = []
    at = 0
    while at < len(values):
        slots = next((one for one in _SLOTS if one >= len(values) - at), _SLOTS[-1])
        some = list(values[at : at + slots])
        at += slots
        some += some[-1:] * (slots - len(some))  # a value asked for again finds nothing more
        text, shaped = _compiled(_among(query, column, slots), connection.dialect)
        named = {str(place): value for place, value in enumerate(some)}
        found += connection.exec_driver_sql(text, shaped(named)).all()
    return found


def _run(connection: Connection, statement: Statement, rows: Rows) -> int:
    text, shaped = _compiled(statement, connection.dialect)
    return connection.exec_driver_sql(text, [shaped(row) for row in rows]).rowcount


# A handful of statements, compiled once each: compiling one costs as much as running 100 rows.


@lru_cache(64)
def _insert(table: Table, names: tuple[str, ...]) -> Insert:
    return insert(table).values({name: bindparam(name) for name in names})


@lru_cache(64)
def _delete(column: Column[Any]) -> Delete:
    return delete(column.table).where(column == bindparam("one"))


@lru_cache(64)
def _among(query: Query, column: Column[Any], slots: int) -> Query:
    return query.where(column.in_([bindparam(str(place)) for place in range(slots)]))


@lru_cache(64)
def _compiled(
    statement: Statement, dialect: Dialect
) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """The text of a statement, and what makes a driver's parameters of a row's values."""
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    order = compiled.positiontup
    if order is None:  # a driver whose parameters are named
        return str(compiled), dict
    if len(order) > 1:
        return str(compiled), itemgetter(*order)
    return str(compiled), lambda row: tuple(row[name] for name in order)
