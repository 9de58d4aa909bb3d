"""Mistakes in ronda.toml as sentences: the place, the value, and what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from nvr_core.settings import address

SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One sentence for each mistake, in the order of the file."""
    return [_sentence(one, model) for one in error.errors(include_url=False)]


def _sentence(one: ErrorDetails, model: type[BaseModel]) -> str:
    loc = one["loc"]
    fields = list(_fields(loc, model))
    field = fields[-1] if fields else None
    where = _where(loc, field)
    right = (field.title or "") if field else ""
    if one["type"] == "missing":
        return f"{where} is missing; write {right}"
    if one["type"] == "extra_forbidden":
        return f"{where} is not known{_meant(str(loc[-1]), loc[:-1], model)}"
    own = one["msg"] if one["type"] == "ronda" else None
    if own and (field is None or _table(field)):  # about a table as a whole
        return f"{where} {own}".strip()
    if field is None or isinstance(loc[-1], int):
        return f"{where} is not a table"
    return f"{where}: {_value(one['input'], field)} {own or f'is not {right}'}"


def _fields(loc: Sequence[int | str], model: type[BaseModel]) -> Iterator[FieldInfo]:
    """The fields on the way to the mistake, outermost first; unknown names end it."""
    inside: type[BaseModel] | None = model
    for step in loc:
        if isinstance(step, int):
            continue
        field = inside.model_fields.get(step) if inside else None
        if field is None:
            return
        yield field
        inside = _table(field)


def _table(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a table, or of a list's tables."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _where(loc: Sequence[int | str], field: FieldInfo | None) -> str:
    """[[camera]] 3, field main."""
    match list(loc):
        case []:
            return ""
        case [str(table), int(place), *rest]:
            head, rest_names = f"[[{table}]] {place + 1}", [str(step) for step in rest]
        case [str(name)] if field is None or _table(field) is None:
            return f"field {name}"
        case [str(table), *rest]:
            head, rest_names = f"[{table}]", [str(step) for step in rest]
        case _:
            head, rest_names = "", [str(step) for step in loc]
    return f"{head}, field {'.'.join(rest_names)}" if rest_names else head


def _value(value: object, field: FieldInfo) -> str:
    """The wrong value; never a password, nor the login in an address."""
    if field.repr is False:
        return "its value (not shown)"
    if isinstance(value, str):
        return address.shown(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        text = str(value)
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _meant(name: str, table: Sequence[int | str], model: type[BaseModel]) -> str:
    """What the writer of an unknown name may have meant."""
    inside: type[BaseModel] | None = model
    for field in _fields(table, model):
        inside = _table(field)
    known = list(inside.model_fields) if inside else []
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(known)}"


def summary(path: object, mistakes: Sequence[Any]) -> str:
    """All of them in one text, the file named once."""
    if len(mistakes) == 1:
        return f"{path}: {mistakes[0]}"
    lines = "\n".join(f"  {one}" for one in mistakes)
    return f"{path} has {len(mistakes)} mistakes:\n{lines}"
