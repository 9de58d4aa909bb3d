"""A config as a form: options with kind, bounds and texts; types that no form has are refused."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from nvr_core.contract import Config, OptionNotes, Secret, Text
from nvr_core.host.refusal import Refused


class OptionKind(StrEnum):
    """How a person fills an option in."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    SECRET = "secret"  # noqa: S105 -- the name of a kind
    PATH = "path"
    GROUP = "group"


PLAIN: Mapping[type, OptionKind] = MappingProxyType(
    {
        str: OptionKind.TEXT,
        int: OptionKind.WHOLE,
        float: OptionKind.NUMBER,
        bool: OptionKind.SWITCH,
        Secret: OptionKind.SECRET,
        Path: OptionKind.PATH,
    }
)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One line of a form."""

    name: str
    kind: OptionKind
    label: Text
    means: Text | None
    right: Text
    """What ends a sentence: "… is not {right}"; of a list, about one entry."""
    required: bool
    default: Any
    many: bool = False
    """A list of such values."""
    empty: bool = False
    """None is allowed."""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    inner: tuple[Option, ...] = ()
    """Of a group."""


def options(config: type[Config], *, nested: bool = False) -> tuple[Option, ...]:
    """Every option in the order of the class. Raises Refused for a type that no form has."""
    return tuple(
        _option(config, name, field, nested=nested) for name, field in config.model_fields.items()
    )


def _option(config: type[Config], name: str, field: FieldInfo, *, nested: bool) -> Option:
    where = f"{config.__name__}.{name}"
    if field.alias or field.validation_alias or field.serialization_alias:
        raise Refused(Text("{where} has an alias; configs are stored by their names", where=where))
    kind, single, many, empty = _taken_apart(where, field.annotation, nested=nested)
    notes = next((one for one in field.metadata if isinstance(one, OptionNotes)), None)
    spoken = (notes.label, notes.means, notes.right) if notes else ()
    if any(one is not None and not isinstance(one, Text) for one in spoken):
        raise Refused(Text("{where} has a label, help or right that is no Text", where=where))
    choices = tuple(str(one.value) for one in single) if issubclass(single, Enum) else ()
    return Option(
        name=name,
        kind=kind,
        label=notes.label if notes else Text(name.replace("_", " ").capitalize()),
        means=notes.means if notes else None,
        right=(notes.right if notes else None) or _right(kind, choices, notes),
        required=field.is_required(),
        default=None if field.is_required() else field.get_default(call_default_factory=False),
        many=many,
        empty=empty,
        choices=choices,
        inner=options(single, nested=True) if issubclass(single, Config) else (),
        least=notes.least if notes else None,
        most=notes.most if notes else None,
        longest=notes.longest if notes else None,
    )


def _taken_apart(
    where: str, annotation: Any, *, nested: bool
) -> tuple[OptionKind, type, bool, bool]:
    """Kind, type of one value, whether it is a list, whether None is allowed."""
    empty = many = False
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [one for one in get_args(annotation) if one is not type(None)]
        empty = len(kept) < len(get_args(annotation))
        annotation = kept[0] if len(kept) == 1 else None
    if get_origin(annotation) is list:
        many, (annotation,) = True, get_args(annotation)
    if isinstance(annotation, type):
        if annotation in PLAIN:
            return PLAIN[annotation], annotation, many, empty
        if issubclass(annotation, Enum):
            return OptionKind.CHOICE, annotation, many, empty
        if issubclass(annotation, Config) and not nested and not many:
            return OptionKind.GROUP, annotation, many, empty
    raise Refused(
        Text(
            "{where} has a type that no form has; use str, int, float, bool, an enum, Secret, "
            "Path, a list of these, or one nested Config",
            where=where,
        )
    )


def _right(kind: OptionKind, choices: tuple[str, ...], notes: OptionNotes | None) -> Text:
    """What would be right, when the plugin's maker did not say."""
    least, most, longest = (notes.least, notes.most, notes.longest) if notes else (None,) * 3
    if kind in (OptionKind.WHOLE, OptionKind.NUMBER):
        if least is not None and most is not None:
            return Text("a number from {least} to {most}", least=f"{least:g}", most=f"{most:g}")
        if least is not None:
            return Text("a number of at least {least}", least=f"{least:g}")
        if most is not None:
            return Text("a number of at most {most}", most=f"{most:g}")
        return Text("a whole number") if kind is OptionKind.WHOLE else Text("a number")
    if longest is not None and kind in (OptionKind.TEXT, OptionKind.SECRET, OptionKind.PATH):
        return Text("a text of at most {longest} characters", longest=longest)
    match kind:
        case OptionKind.SWITCH:
            return Text("true or false")
        case OptionKind.CHOICE:
            return Text("one of {choices}", choices=", ".join(choices))
        case OptionKind.PATH:
            return Text("the path of a file or folder")
        case OptionKind.GROUP:
            return Text("a group of options")
    return Text("a text")
