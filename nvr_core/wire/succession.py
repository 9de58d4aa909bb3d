"""What a recorder and its successor say to each other while streams go from one to the other.

JSON lines over a socket pair that the successor inherits. The two may be of different versions,
so fields that are not known are ignored, as everywhere on the wire (docs/design/renewal.md).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nvr_core.wire.errors import UnknownMessage, WireError
from nvr_core.wire.facts import Cause
from nvr_core.wire.shapes import Shape
from nvr_core.wire.wants import Want

VERSION = 1
"""Of this language. A successor that cannot speak its predecessor's ends, and nothing is lost."""

ENVIRONMENT = "RONDA_SUCCEEDS"
"""The variable that tells a recorder on which descriptor its predecessor waits for it."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Successor: my code is loaded, tell me all."""

    version: int = VERSION
    software: str = ""


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Predecessor: what goes on here. The locks' descriptors come with this line's first byte:
    the runtime folder's, then the journal's."""

    version: int = VERSION
    recorder_start: str
    first: int
    """The number of the successor's first fact."""
    inside: tuple[str, ...] = ()
    """Fingerprints of the logins with which cameras serve the predecessor now."""
    want: Want | None = None
    """The desired set in force. Nothing else is wanted until the end."""


@dataclass(frozen=True, kw_only=True)
class Have:
    """Successor: these streams are with me, or cannot be while you have them. Let go of them."""

    streams: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Left:
    """How the predecessor left a stream."""

    stream: str
    """'<camera>/<stream>'."""
    gap: str = ""
    """Id of the gap that goes on; empty: the stream was kept, or is only ever in memory."""
    cause: Cause | None = None
    sentence: str = ""
    wall: int = 0
    monotonic: int = 0
    """When the gap began, or up to when the stream was kept, µs; 0 where neither is the case."""


@dataclass(frozen=True, kw_only=True)
class Yours:
    """Predecessor: I have hung up on these, and you answer for them."""

    streams: tuple[Left, ...]


@dataclass(frozen=True, kw_only=True)
class Alive:
    """Successor: I am at it."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Successor: every stream is mine."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """Predecessor: all is told and written down, and the journal is closed. Go on with it."""

    want: Want | None = None
    """What is wanted since, if that has changed."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Successor: my pid stands in the locks."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Predecessor: I was told to end, and so are you."""


Message = Ready | Estate | Have | Yours | Alive | Whole | Done | Signed | Stop

_KINDS = (Ready, Estate, Have, Yours, Alive, Whole, Done, Signed, Stop)
_SHAPES: Mapping[str, Shape] = {kind.__name__.lower(): Shape(kind) for kind in _KINDS}


def encode(message: Message) -> bytes:
    """One line with its line feed. A want in it carries logins: it goes nowhere but to the
    successor."""
    said: dict[str, Any] = {"type": type(message).__name__.lower(), **dataclasses.asdict(message)}
    return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """Raises UnknownMessage for a type that is not of this language, WireError for bad lines."""
    try:
        said = json.loads(line)
        shape = _SHAPES.get(said["type"])
    except (ValueError, KeyError, TypeError, RecursionError):
        # Never repeated: it may hold a password.
        raise WireError(f"a line of {len(line)} bytes is no message of a recorder") from None
    if shape is None:
        raise UnknownMessage("a message of another kind")
    message: Message = shape.read(said, "")
    return message
