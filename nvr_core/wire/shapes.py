"""What the fields of a message must look like, read once from its dataclass.

A reader is made for each field's type: it takes what the JSON parser gave and returns the
field's value, or raises WireError with the field, the value and what would be right.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from nvr_core.wire.errors import WireError
from nvr_core.wire.names import Form
from nvr_core.wire.parts import PackedParts, Part, Torn

Reader = Callable[[object, str], Any]
"""Takes a JSON value and the field's full name for the sentence; returns the field's value."""

INT_LIMIT = 1 << 63
"""Whole numbers fit 64 bits with a sign, as the catalogue stores them."""

SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""

MISSING = object()


def wrong(name: str, value: object, right: str) -> WireError:
    """The one sentence about a field: its name, what stood there, what would be right."""
    try:
        shown = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        shown = type(value).__name__
    if len(shown) > SHOWN:
        shown = shown[:SHOWN] + "…"
    return WireError(f"field {name}: {shown} is not {right}")


def _hidden(reader: Reader) -> Reader:
    """For a field that stays out of every repr: a sentence about it must not repeat it either."""

    def read(value: object, name: str) -> Any:
        try:
            return reader(value, name)
        except WireError:
            raise WireError(
                f"field {name}: its value (not shown) has a wrong type or size"
            ) from None

    return read


def _text(value: object, name: str) -> str:
    if type(value) is str:
        return value
    raise wrong(name, value, "text")


def _whole(value: object, name: str) -> int:
    if type(value) is int and -INT_LIMIT <= value < INT_LIMIT:
        return value
    raise wrong(name, value, "a whole number of 64 bits")


def _number(value: object, name: str) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is int and -INT_LIMIT <= value < INT_LIMIT:
        return float(value)
    raise wrong(name, value, "a finite number")


def _truth(value: object, name: str) -> bool:
    if type(value) is bool:
        return value
    raise wrong(name, value, "true or false")


PLAIN: Mapping[object, Reader] = {str: _text, int: _whole, float: _number, bool: _truth}


def _choice(kind: type[StrEnum]) -> Reader:
    members = {member.value: member for member in kind}
    right = "one of " + ", ".join(members)

    def read(value: object, name: str) -> StrEnum:
        member = members.get(value) if isinstance(value, str) else None
        if member is None:
            raise wrong(name, value, right)
        return member

    return read


def _optional(inner: Reader) -> Reader:
    def read(value: object, name: str) -> Any:
        return None if value is None else inner(value, name)

    return read


def _formed(inner: Reader, form: Form) -> Reader:
    def read(value: object, name: str) -> Any:
        text = inner(value, name)
        if form.fits(text):
            return text
        raise wrong(name, value, form.right)

    return read


def _several(inner: Reader) -> Reader:
    def read(value: object, name: str) -> tuple[Any, ...]:
        if type(value) is not list:
            raise wrong(name, value, "a list")
        return tuple([inner(item, f"{name}[{place}]") for place, item in enumerate(value)])

    return read


def _packed(listed: Reader) -> Reader:
    def read(value: object, name: str) -> PackedParts:
        if type(value) is list:  # version 0.1 told them one by one, and journals keep such lines
            return PackedParts.of(listed(value, name))
        if type(value) is str:
            try:
                return PackedParts.read(value)
            except Torn as error:
                raise wrong(name, value, f"a packed list of parts ({error})") from None
        raise wrong(name, value, "a packed list of parts in base64")

    return read


def _mapping(inner: Reader) -> Reader:
    def read(value: object, name: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise wrong(name, value, "an object")
        return {key: inner(item, f"{name}.{key}") for key, item in value.items()}

    return read


def reader(hint: Any) -> Reader:
    """The reader of one type. Raises TypeError for a type that no message may have."""
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is PackedParts:
        return _packed(_several(Shape(Part).read))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return Shape(hint).read
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice(hint)
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _formed(reader(inside[0]), inside[1])
    if origin in (types.UnionType, typing.Union) and len(inside) == 2 and inside[1] is type(None):
        return _optional(reader(inside[0]))
    if origin is tuple and len(inside) == 2 and inside[1] is ...:
        return _several(reader(inside[0]))
    if origin is dict and inside[0] is str:
        return _mapping(reader(inside[1]))
    raise TypeError(f"{hint} cannot cross the wire")


class Shape:
    """One message class: how its object is read back from a JSON object."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        hints = typing.get_type_hints(kind, include_extras=True)
        self.fields: list[tuple[str, Reader, bool]] = []
        for one in dataclasses.fields(kind):
            field = reader(hints[one.name])
            required = (
                one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            )
            self.fields.append((one.name, field if one.repr else _hidden(field), required))

    def read(self, value: object, name: str) -> Any:
        """Build the object; fields that this version does not know are left out."""
        if type(value) is not dict:
            raise wrong(name, value, "an object")
        values: dict[str, Any] = {}
        prefix = f"{name}." if name else ""
        for field, read, required in self.fields:
            item = value.get(field, MISSING)
            if item is not MISSING:
                values[field] = read(item, prefix + field if prefix else field)
            elif required:
                raise WireError(f"field {prefix}{field} is missing")
        return self.kind(**values)
