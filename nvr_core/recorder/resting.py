"""An event loop that rests between polls, so that many cameras' packets share one wake-up.

A hundred cameras at 25 frames a second would wake a plain loop 2,500 times a second, each time for
one socket. Resting costs a frame at most REST of its latency, and an idle recorder nothing.
"""

from __future__ import annotations

import asyncio
import selectors
import time

REST = 0.02
"""Seconds."""


class RestingSelector(selectors.EpollSelector):
    """Waits a moment before it asks the kernel which sockets have something."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            time.sleep(REST)
        elif timeout > 0:
            rest = min(REST, timeout)
            time.sleep(rest)
            timeout -= rest
        return super().select(timeout)


def loop() -> asyncio.AbstractEventLoop:
    """A new event loop for a recorder."""
    return asyncio.SelectorEventLoop(RestingSelector())
