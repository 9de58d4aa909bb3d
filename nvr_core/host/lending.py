"""What the host lends to open instances: clock, threads, a folder, a memory, a log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from nvr_core.clock import Clock
from nvr_core.host.calls import PULSE
from nvr_core.host.redaction import Redaction

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
"""Of one instance: a hanging disk can hold these, and no other instance's."""
VALUE = 4096
"""Characters of what an instance may remember under one key."""
LOG = "ronda.plugin"


class Memory(Protocol):
    """Where instances remember small texts, encrypted and for good."""

    async def remember(self, instance: str, key: str, value: str) -> None:
        """Keep it; "" forgets the key. Raises ValueError when there are too many keys."""

    async def recall(self, instance: str, key: str) -> str:
        """What is kept, "" for nothing."""


class _Named(logging.LoggerAdapter[logging.Logger]):
    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        return f"{self.extra['instance']}: {msg}" if self.extra else msg, kwargs


class LentContext:
    """contract.Context, until its instance closes."""

    def __init__(self, lending: Lending, instance: str, plugin: str) -> None:
        self._lending = lending
        self.instance = instance
        logger = logging.getLogger(f"{LOG}.{plugin}")
        logger.addFilter(lending.redaction)
        self.log: logging.LoggerAdapter[Any] = _Named(logger, {"instance": instance})
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=f"{LOG} {instance}")

    @property
    def cache_dir(self) -> Path:
        folder = self._lending.cache / self.instance
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def now(self) -> int:
        return self._lending.clock.wall()

    async def in_thread(self, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        run = partial(copy_context().run, call, *args, **named)
        return await asyncio.wrap_future(self._pool.submit(run))

    def moved(self, count: int) -> None:
        if (pulse := PULSE.get()) and count > 0:
            pulse.beat()

    async def remember(self, key: str, value: str) -> None:
        if len(value) > VALUE or not 0 < len(key) <= 64:
            raise ValueError(f"a key has 1 to 64 characters, what is remembered {VALUE} at most")
        await self._lending.memory.remember(self.instance, key, value)

    async def recall(self, key: str) -> str:
        return await self._lending.memory.recall(self.instance, key)

    def close(self) -> None:
        """No new threads; those that run end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Lending:
    """What all instances are lent from."""

    def __init__(self, *, clock: Clock, cache: Path, memory: Memory, redaction: Redaction) -> None:
        self.clock = clock
        self.cache = cache
        self.memory = memory
        self.redaction = redaction

    @contextmanager
    def to(self, instance: str, plugin: str) -> Iterator[LentContext]:
        """A context for one opening."""
        context = LentContext(self, instance, plugin)
        try:
            yield context
        finally:
            context.close()
