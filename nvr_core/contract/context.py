"""What the core lends to one instance while it is open."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Context(Protocol):
    """Lent to `open`, and valid until its block ends. It grows; it does not shrink."""

    @property
    def instance(self) -> str:
        """The id of this instance; stays the same for as long as it exists."""

    @property
    def log(self) -> logging.LoggerAdapter[Any]:
        """Where to write; the instance is named in every line, and its secrets in none."""

    @property
    def cache_dir(self) -> Path:
        """A folder of this instance's own, which anybody may empty while it is not open."""

    def now(self) -> int:
        """Wall time in µs since 1970-01-01 UTC. Time is given, never taken."""

    async def in_thread(self, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The result of a blocking call, made in a thread of this instance's own."""

    def moved(self, count: int) -> None:
        """Bytes of the current transfer that went through: its 30 s of patience begin anew."""

    async def remember(self, key: str, value: str) -> None:
        """Keep a small text for good, encrypted: 4096 characters, 64 keys. "" forgets it."""

    async def recall(self, key: str) -> str:
        """What was kept under this key, "" when nothing was."""
