"""What must not be read by chance: a secret that shows nothing, and urls without their logins."""

from __future__ import annotations

import hmac
import re
from typing import Any

HIDDEN = "…"

_LOGIN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,15}://)[^\s\"'<>]{0,1024}@")
"""Up to the last @ of an address: a password may hold an @ or a / that nobody escaped.

Bounded, so that no text costs more than its length.
"""


def hide_logins(text: str) -> str:
    """The text with `…` for whatever may be a login in a url: rtsp://…@10.0.0.7/stream."""
    return _LOGIN.sub(rf"\1{HIDDEN}@", text) if "@" in text else text


class Secret:
    """A password or token. `reveal()` is the only way to read it."""

    __slots__ = ("_hidden",)

    def __init__(self, hidden: str) -> None:
        if not isinstance(hidden, str):
            raise TypeError("a Secret is made of a str")
        self._hidden = hidden

    def reveal(self) -> str:
        """The secret itself: for the device, never for a text, a log or a file."""
        return self._hidden

    def __bool__(self) -> bool:
        return bool(self._hidden)

    def __len__(self) -> int:
        return len(self._hidden)

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})" if self._hidden else "Secret('')"

    def __str__(self) -> str:
        return HIDDEN if self._hidden else ""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._hidden.encode(), other._hidden.encode())

    def __hash__(self) -> int:
        return hash(self._hidden)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _: object) -> Secret:
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, read: Any) -> Any:
        """How a Config reads one: from a str, or as it is; written out it stays a Secret."""
        from pydantic_core import core_schema  # only who defines a Config needs it

        return core_schema.no_info_plain_validator_function(cls._read)

    @classmethod
    def _read(cls, given: object) -> Secret:
        if isinstance(given, cls):
            return given
        if not isinstance(given, str):
            raise ValueError("a secret is a text")
        return cls(given)
