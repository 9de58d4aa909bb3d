"""One configured provider: what is stored of it, and how it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nvr_core.contract import Text
from nvr_core.host.kinds import Kind
from nvr_core.host.steering import State

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """As it is stored. Raises ValueError for an id that cannot be a folder's name."""

    id: str
    kind: Kind
    provider: str
    stored: Mapping[str, Any] = field(repr=False)
    """Its config as plain values, secrets in clear."""
    version: int = 1
    """The config_version under which it was stored."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no id: letters, digits and hyphens, 64 at most")


@dataclass(frozen=True, kw_only=True)
class Report:
    """How an instance is, for its page. Nothing in it is secret."""

    instance: str
    state: State
    since: int
    """Wall time in µs."""
    plugin: str = ""
    """Whose locale the text is in."""
    text: Text | None = None
    """Why it is not live."""
    code: str = ""
    option: str = ""
    """Of the form, at which the text belongs."""
    again_at: int | None = None
    """Wall time in µs of the next attempt."""
    traceback: str = ""
