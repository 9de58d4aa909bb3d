"""The whole contract and kit as text, so that every change of the door is a visible difference.

`scripts/contract` writes it to docs/ref/contract-v1.txt; a test compares.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import ModuleType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from nvr_core import contract, kit
from nvr_core.contract import hooks

HEAD = """\
The door of Ronda as text: what a plugin may import, hooks, signatures, fields, defaults, enums.
Made by scripts/contract; do not write here. What changes here changes for every plugin.
"""


def text() -> str:
    """The file as it should be."""
    parts = [HEAD, f"contract {contract.VERSION}, entry points {contract.GROUP}"]
    parts += ["", "== hooks", *_hooks(), "", "== nvr_core.contract"]
    parts += _members(contract)
    for module in sorted(pkgutil.iter_modules(kit.__path__), key=lambda one: one.name):
        name = f"{kit.__name__}.{module.name}"
        parts += ["", f"== {name}", *_members(importlib.import_module(name))]
    return "\n".join(parts) + "\n"


def _hooks() -> Iterator[str]:
    for name, function in sorted(vars(hooks).items()):
        if name.startswith("nvr_register_"):
            yield f"{name}{_signature(function)}"


def _members(module: ModuleType) -> Iterator[str]:
    for name in sorted(module.__all__, key=str.casefold):
        one = getattr(module, name)
        if inspect.isclass(one):
            yield ""
            yield f"class {name}{_bases(one)}"
            yield from (f"    {line}" for line in _class(one))
        elif inspect.isfunction(one):
            yield f"\ndef {name}{_signature(one)}"
        else:
            yield f"\n{name} = {_value(one)}"


def _bases(one: type) -> str:
    known = [base for base in getattr(one, "__orig_bases__", one.__bases__) if base is not object]
    return f"({', '.join(_base(base) for base in known)})" if known else ""


def _base(base: Any) -> str:
    inner = ", ".join(one.__name__ for one in get_args(base))
    name: str = (get_origin(base) or base).__name__
    return f"{name}[{inner}]" if inner else name


def _class(one: type) -> Iterator[str]:
    if issubclass(one, Enum):
        for member in one:
            yield f"{member.name} = {member.value!r}"
        return
    if issubclass(one, BaseModel):
        for name, field in one.model_fields.items():
            if name in one.__annotations__:
                default = field.default
                yield _field(name, one, MISSING if default is PydanticUndefined else default)
    elif is_dataclass(one):
        for each in fields(one):
            made = each.default_factory
            yield _field(each.name, one, each.default if made is MISSING else made())
    else:
        for name in inspect.get_annotations(one):
            if not name.startswith("_"):
                yield _field(name, one, one.__dict__.get(name, MISSING))
        if isinstance(one.__dict__.get("code"), str) and "code" not in one.__annotations__:
            yield f"code = {one.__dict__['code']!r}"
    yield from _methods(one)


def _field(name: str, one: type, default: object) -> str:
    tail = (
        "" if default is MISSING or inspect.ismemberdescriptor(default) else f" = {_value(default)}"
    )
    return f"{name}: {one.__annotations__[name]}{tail}"


def _methods(one: type) -> Iterator[str]:
    generated = is_dataclass(one) or issubclass(one, BaseModel)
    for name, member in one.__dict__.items():
        if name.startswith("_") and (name != "__init__" or generated or one.__bases__ == ()):
            continue
        kind = ""
        function: Any = member
        if isinstance(member, classmethod | staticmethod):
            kind, function = f"{type(member).__name__} ", member.__func__
        elif isinstance(member, property):
            kind, function = "property ", member.fget
        if not inspect.isfunction(function) or (name == "__init__" and _is_protocol(one)):
            continue
        kind += "abstract " if getattr(member, "__isabstractmethod__", False) else ""
        kind += "async " if inspect.iscoroutinefunction(function) else ""
        yield f"{kind}{name}{_signature(function)}"


def _is_protocol(one: type) -> bool:
    return bool(getattr(one, "_is_protocol", False))


def _signature(function: Any) -> str:
    """As it is written: annotations are kept as text, so every Python prints the same."""
    signature, said, marks = inspect.signature(function), list[str](), set[str]()
    positional = False
    for one in signature.parameters.values():
        if "/" not in marks and positional and one.kind is not one.POSITIONAL_ONLY:
            said.append("/")
            marks.add("/")
        positional = one.kind is one.POSITIONAL_ONLY
        if one.kind is one.KEYWORD_ONLY and "*" not in marks:
            said.append("*")
        if one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL):
            marks.add("*")
        star = "*" * ((one.kind is one.VAR_POSITIONAL) + 2 * (one.kind is one.VAR_KEYWORD))
        note = "" if one.annotation is one.empty else f": {one.annotation}"
        tail = "" if one.default is one.empty else f" = {_value(one.default)}"
        said.append(f"{star}{one.name}{note}{tail}")
    back = signature.return_annotation
    return f"({', '.join(said)})" + ("" if back is signature.empty else f" -> {back}")


def _value(value: object) -> str:
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case dict() | list() | tuple() | str() | int() | float() | None:
            return repr(value)
    return "..." if value is ... else re.sub(r" at 0x[0-9a-f]+", "", repr(value))


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201 -- the text is what this program is for
