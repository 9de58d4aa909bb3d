"""Messages to JSON lines and back, so that programs of two versions understand each other.

One message is one line: {"type": "gap-opened", …}, the type being the class name in kebab-case.
A kept fact carries its number and time first: {"n": 17, "at": …, "type": …}. Fields that this
version does not know are ignored, so that server N speaks to recorder N-1.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Mapping
from typing import Any

from nvr_core.wire import facts, wants
from nvr_core.wire.errors import UnknownMessage, WireError
from nvr_core.wire.facts import Fact, Kept, Numbered
from nvr_core.wire.parts import PackedParts
from nvr_core.wire.shapes import Reader, Shape, reader

LINE_LIMIT = 16 << 20
"""Bytes of the longest line, its line feed included."""

Message = Fact | Numbered | wants.Want | wants.Hello | wants.Ack


def type_name(kind: type) -> str:
    """SegmentOpened → segment-opened."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind.__name__).lower()


KEPT: Mapping[str, type] = {type_name(kind): kind for kind in typing.get_args(facts.Kept)}
NEWS: Mapping[str, type] = {type_name(kind): kind for kind in typing.get_args(facts.News)}
REQUESTS: Mapping[str, type] = {
    type_name(kind): kind for kind in (wants.Want, wants.Hello, wants.Ack)
}
_SHAPES = {name: Shape(kind) for name, kind in {**KEPT, **NEWS, **REQUESTS}.items()}
_HEADS = {shape.kind: name for name, shape in _SHAPES.items()}
_WHOLE: Reader = reader(int)


def _plain(value: object) -> dict[str, Any] | str:
    """What the JSON writer asks for when it meets a message inside a message."""
    if isinstance(value, PackedParts):
        return value.text
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return vars(value)
    raise TypeError(f"{type(value).__name__} cannot cross the wire")


# ASCII only: a path with bytes that are no UTF-8 (surrogates in Python) comes back unharmed.
_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


_parse = json.JSONDecoder(parse_constant=_no_constant).decode


def encode(message: Message) -> bytes:
    """One line with its line feed. Raises WireError when it would be too long, or not JSON."""
    try:
        if type(message) is Numbered:
            fact = message.fact
            head = {"n": message.number, "at": message.at, "type": _HEADS[type(fact)]}
            text = _write(head | fact.__dict__)
        else:
            text = _write({"type": _HEADS[type(message)], **message.__dict__})
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"{type(message).__name__} cannot be sent: {error}") from error
    if len(text) >= LINE_LIMIT:
        name = type(message).__name__
        raise WireError(f"{name} of {len(text)} bytes is too long; a line has at most {LINE_LIMIT}")
    return text.encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message in one line. Whatever the bytes are, only WireError comes of them.

    A kept fact with a number comes as Numbered, one without (the state that a listener is told
    at first) bare. Raises UnknownMessage for a type of a newer version.
    """
    if len(line) > LINE_LIMIT:
        raise WireError(f"a line of {len(line)} bytes is too long; at most {LINE_LIMIT} are read")
    # The line itself is never repeated in an error: it may hold a password.
    try:
        value = _parse(str(line, "utf-8"))
    except RecursionError:
        raise WireError("the line is JSON nested too deeply") from None
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not UTF-8, or NaN"
        raise WireError(f"the line of {len(line)} bytes is not JSON ({reason})") from None
    if type(value) is not dict:
        raise WireError(f'the line is not a JSON object with a "type" but {type(value).__name__}')
    name = value.get("type")
    shape = _SHAPES.get(name) if type(name) is str else None
    if shape is None:
        if type(name) is str:
            raise UnknownMessage(f'"{name[:60]}" is a message that this version does not know')
        raise WireError('the message has no "type"')
    try:
        message: Message = shape.read(value, "")
        if "n" in value and name in KEPT:
            number = _WHOLE(value["n"], "n")
            fact = typing.cast(Kept, message)
            return Numbered(number=number, at=_WHOLE(value.get("at"), "at"), fact=fact)
    except WireError as error:
        raise WireError(f"{name}, {error}") from None
    return message
