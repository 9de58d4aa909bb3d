"""Who blocks the server's loop: noticed by a thread while it happens, and named."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import Any

from nvr_core.host.blame import Blame, Suspects

_log = logging.getLogger(__name__)

FRAMES = 12
"""Innermost frames of the stack that are told."""


@dataclass(frozen=True, kw_only=True)
class Blockage:
    """The loop stood still."""

    seconds: float
    blame: Blame
    """Whose code stood on the loop, as often as was looked."""
    stack: str
    """Where, when it was looked at last; file, line and function only."""


class Heartbeat:
    """`async with heartbeat.beating():` on the loop that is to be watched."""

    def __init__(
        self,
        suspects: Suspects,
        told: Callable[[Blockage], None] = lambda _: None,
        *,
        beat: float = 0.25,
        long: float = 5.0,
    ) -> None:
        """told: called on the loop after each blockage of `long` seconds or more."""
        self._suspects = suspects
        self._told = told
        self._beat = beat
        self._long = long
        self._last = 0.0
        self._over = threading.Event()
        self._seen: Counter[Blame] = Counter()
        self._stack = ""
        self._said = False
        self.worst = 0.0
        """Longest lag in seconds since `beating` began."""

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        self._last, self.worst = time.monotonic(), 0.0
        self._over.clear()
        watch = threading.Thread(
            target=self._watch,
            args=(loop, threading.get_ident()),
            name="heartbeat",
            daemon=True,  # a loop that hangs for good must not be held by who watches it
        )
        watch.start()
        task = asyncio.create_task(self._run(), name="heartbeat")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._over.set()
            watch.join()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._beat)
            now = time.monotonic()
            lag, self._last = now - self._last - self._beat, now
            self.worst = max(self.worst, lag)
            seen, stack, said = self._seen, self._stack, self._said
            self._seen, self._stack, self._said = Counter(), "", False
            if lag >= self._long:
                blame = seen.most_common(1)[0][0] if seen else Blame()
                if not said:
                    self._say(lag, blame, stack)
                self._told(Blockage(seconds=lag, blame=blame, stack=stack))

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        while not self._over.wait(self._beat):
            lag = time.monotonic() - self._last - self._beat
            if lag < self._beat:
                continue
            # Reads what the loop's thread does and changes nothing of it.
            frame = sys._current_frames().get(thread)  # noqa: SLF001 -- there is no other way
            blame = self._suspects.blame(running(loop), frame)
            self._seen[blame] += 1
            self._stack = _told(frame)
            if lag >= self._long and not self._said:
                self._said = True  # in the middle of it: it may never end
                self._say(lag, self._seen.most_common(1)[0][0], self._stack)

    def _say(self, lag: float, blame: Blame, stack: str) -> None:
        _log.error("%s has blocked the server for %.1f s:\n%s", blame, lag, stack)


def running(loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    """The task that stands on the loop; asked from another thread, so a guess in the end."""
    with suppress(RuntimeError):  # a table that changed while it was read
        return asyncio.current_task(loop)
    return None


def _told(frame: FrameType | None) -> str:
    """No lines of source and no values: a stack has no secrets that way."""
    if frame is None:
        return ""
    found = islice(traceback.walk_stack(frame), FRAMES)  # innermost first
    lines = [f"  {one.f_code.co_filename}:{line} {one.f_code.co_name}" for one, line in found]
    return "\n".join(reversed(lines))
