"""The round of each second, which a fault of ours must not end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from nvr_core.recorder.program import Recorder

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def ticking(recorder: Recorder, beat: Callable[[], None]) -> AsyncIterator[None]:
    """Tick once a second while the block runs."""

    async def run() -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                recorder.tick()
            except Exception:
                # A fault of ours costs one round, and is seen; the next second goes on.
                log.exception("a fault of Ronda in the round of this second")
            beat()

    task = asyncio.create_task(run(), name="tick")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
