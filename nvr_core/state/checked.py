"""Bad input, refused at the border: each rule says the field, the value and what would be right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, select
from sqlalchemy.sql import ColumnElement

from nvr_core.state.errors import Refused

NAME_LENGTH = 80


def name(field: str, value: str, most: int = NAME_LENGTH) -> str:
    """A name for people, or a line of text, without blanks around it."""
    said = value.strip()
    if not said or len(said) > most or not said.isprintable():
        raise Refused(field, value, f"does not do; write 1 to {most} printable characters")
    return said


def folded(value: str) -> str:
    """What two names have in common that people take for the same."""
    return " ".join(value.casefold().split())


def free(
    connection: Connection,
    field: str,
    value: str,
    *,
    column: Column[str],
    but: int | None = None,
    among: ColumnElement[bool] | None = None,
) -> str:
    """The folded name, when no other row of the column has it.

    but: local number of the row that may keep it. among: the rows that count, else all.
    """
    own = folded(value)
    query = select(column.table.c.id).where(column == own)
    if among is not None:
        query = query.where(among)
    if but is not None:
        query = query.where(column.table.c.id != but)
    if connection.execute(query).first():
        raise Refused(field, value, "is taken already; upper and lower case count as the same")
    return own


def one_of(field: str, value: str, right: tuple[str, ...]) -> str:
    if value not in right:
        raise Refused(field, value, f"is none of {', '.join(right)}")
    return value


def span(began: int, ended: int) -> None:
    if ended <= began:
        raise Refused("ended", ended, f"is not after began, which is {began}; both are µs UTC")


def as_json(field: str, value: Mapping[str, Any], most: int) -> str:
    """The object as JSON of at most so many bytes."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise Refused(field, value, f"cannot be written as JSON ({error})") from None
    if len(text.encode("utf-8", "surrogatepass")) > most:
        raise Refused(field, text, f"is longer than {most} bytes of JSON")
    return text


def found(field: str, value: str, number: int | None) -> int:
    """The row's number. Raises Refused when there is none."""
    if number is None:
        raise Refused(field, value, "is not known here; it may have been removed meanwhile")
    return number


def number(connection: Connection, column: Column[str], value: str, *, field: str) -> int:
    """The local number of the row with this id. Raises Refused when there is none."""
    query = select(column.table.c.id).where(column == value)
    return found(field, value, connection.execute(query).scalar())
