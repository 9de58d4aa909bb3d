"""Sentences for people: an English message with places for values, translated where it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Text:
    """`Text("{host} does not answer", host="10.0.0.7")`.

    The message is the id under which `locale/<language>.po` of the plugin holds its translation;
    write it as a literal, so that a test can find it. Values are named, and are filled in as they
    are: a value that is a Text is translated too, and a Secret shows nothing.
    """

    __slots__ = ("message", "values")

    message: str
    values: Mapping[str, object]

    def __init__(self, message: str, /, **values: object) -> None:
        object.__setattr__(self, "message", message)
        object.__setattr__(self, "values", MappingProxyType(values))

    def filled(self, message: str) -> str:
        """A translation of the message with the values in their places; it never raises."""
        return _PLACE.sub(
            lambda place: str(self.values[place[1]]) if place[1] in self.values else place[0],
            message,
        )

    def __str__(self) -> str:
        """The English sentence."""
        return self.filled(self.message)

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Text does not change: {name}")

    def __copy__(self) -> Text:
        return self

    def __deepcopy__(self, _: object) -> Text:
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Text):
            return NotImplemented
        return self.message == other.message and dict(self.values) == dict(other.values)

    def __hash__(self) -> int:
        return hash(self.message)
