"""Calls into plugins that nobody has to wait for longer than they may take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

INSTANCE: ContextVar[str] = ContextVar("instance", default="")
"""Id of the instance whose code runs; tasks that a plugin makes inherit it."""
TASK = "instance "
"""How names of tasks begin that run a plugin's code; the id follows."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds."""

    open: float = 30.0
    close: float = 10.0
    call: float = 10.0
    silence: float = 30.0
    """Of a transfer: time without progress, not the whole time."""
    grace: float = 1.0
    """After a cancellation, until a task is left behind."""


class Quit(Exception):
    """A plugin ended what was not its to end: the process, or a task of ours."""


class Pulse:
    """When a transfer last moved; told from any thread."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        self._last = time.monotonic()

    def left(self, silence: float) -> float:
        """Seconds of patience that are left."""
        return self._last + silence - time.monotonic()


PULSE: ContextVar[Pulse | None] = ContextVar("pulse", default=None)
"""Of the transfer that runs here."""


class Calls:
    """Runs a plugin's code in named tasks. One that does not end is left behind, and counted."""

    def __init__(self) -> None:
        self._left: set[asyncio.Task[Any]] = set()

    @property
    def left_behind(self) -> int:
        return len(self._left)

    def start(
        self, step: Callable[[], Awaitable[T]], instance: str, pulse: Pulse | None = None
    ) -> asyncio.Task[T]:
        """The step as a task under the instance's name."""
        context = copy_context()
        context.run(INSTANCE.set, instance)
        context.run(PULSE.set, pulse)
        steady = _steady(step)
        return asyncio.get_running_loop().create_task(
            steady, name=f"{TASK}{instance}", context=context
        )

    async def bounded(
        self,
        step: Callable[[], Awaitable[T]],
        instance: str,
        limit: float,
        pulse: Pulse | None = None,
    ) -> T:
        """The step's result within the limit, or, with a pulse, while it moves.

        Raises TimeoutError, Quit, and what the step raises.
        """
        task = self.start(step, instance, pulse)
        try:
            left = limit
            while left > 0:
                await asyncio.wait({task}, timeout=left)
                if task.done():
                    return outcome(task)
                left = pulse.left(limit) if pulse else 0.0
            raise TimeoutError
        finally:
            self.abandon(task)

    def abandon(self, task: asyncio.Task[Any]) -> None:
        """Cancel it and wait no longer."""
        if task.done():
            return
        task.cancel()
        self._left.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # nobody waits for it any more; asyncio need not complain


def outcome(task: asyncio.Task[T]) -> T:
    """The result of a task that is done; a cancellation was not ours, so it is an error."""
    if task.cancelled():
        raise Quit("a task was cancelled by the plugin itself")
    return task.result()


async def _steady(step: Callable[[], Awaitable[T]]) -> T:
    try:
        return await step()
    except SystemExit as error:  # asyncio would let it end the process
        raise Quit("it called sys.exit()") from error
