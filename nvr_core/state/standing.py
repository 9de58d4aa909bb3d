"""What the one writer's connection read before, so that a batch does not read it again.

Nobody else writes to the database while it is open, so what was read stays true until this
connection changes it, or takes something back: then everything is forgotten. A row that grows is
taken out by whoever changes it, and put back once it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

MOST = 1 << 15
"""Entries of one kind, some hundred bytes each; more are not kept."""
_PLACE = "standing"

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Standing:
    """By what it is looked up by."""

    streams: dict[tuple[str, str], int] = field(default_factory=dict)
    """Numbers by camera's id and stream's name. Such rows are never deleted."""
    starts: dict[str, int] = field(default_factory=dict)
    encodings: dict[tuple[Any, ...], int] = field(default_factory=dict)
    lives: dict[int, Any] = field(default_factory=dict)
    """The lifetimes of a stream, by its number."""
    runs: dict[bytes, Any] = field(default_factory=dict)
    """The stretches of a run, by its packed id."""


def of(connection: Connection) -> Standing:
    """What this connection remembers."""
    found: Standing = connection.info.setdefault(_PLACE, Standing())
    return found


def forget(connection: Connection) -> None:
    """Something was taken back."""
    connection.info.pop(_PLACE, None)


def keep(kept: MutableMapping[K, V], more: Iterable[tuple[K, V]]) -> None:
    """Remember more; all is read anew when it becomes too much."""
    if len(kept) > MOST:
        kept.clear()
    kept.update(more)
