"""A context to open a provider with in a test: it lends what the core lends, and remembers it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class FakeContext:
    """Satisfies contract.Context. Grows with it, so that tests of plugins need no change."""

    def __init__(self, cache_dir: Path, instance: str = "instance-1", now: int = 0) -> None:
        self.instance = instance
        self.cache_dir = cache_dir
        self.log: logging.LoggerAdapter[Any] = logging.LoggerAdapter(
            logging.getLogger(f"nvr_plugin.{instance}"), {}
        )
        self.wall = now
        """What now() says."""
        self.memory: dict[str, str] = {}
        self.bytes_moved = 0

    def now(self) -> int:
        return self.wall

    async def in_thread(self, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        # The loop's own pool: asyncio shuts it down with the test's loop.
        return await asyncio.to_thread(call, *args, **named)

    def moved(self, count: int) -> None:
        self.bytes_moved += count

    async def remember(self, key: str, value: str) -> None:
        self.memory[key] = value

    async def recall(self, key: str) -> str:
        return self.memory.get(key, "")
