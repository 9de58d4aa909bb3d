"""One opening of an instance, from `open` to its end, in a task of its own and within limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from nvr_core.contract import Config
from nvr_core.host import configs
from nvr_core.host.calls import Calls, Limits, Quit, outcome
from nvr_core.host.instance import Instance
from nvr_core.host.lending import Lending, LentContext
from nvr_core.host.plugin import Provided


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What every opening needs."""

    lending: Lending
    calls: Calls
    limits: Limits


class Opened:
    """A live object, and the task in which its plugin holds it open."""

    def __init__(self, live: Any, task: asyncio.Task[None]) -> None:
        self.live = live
        self.task = task

    def ended(self) -> BaseException:
        """Why the task ended by itself."""
        try:
            outcome(self.task)
        except (Exception, asyncio.CancelledError) as error:
            return error
        return Quit("it closed by itself")


@asynccontextmanager
async def opened(
    provided: Provided, instance: Instance, tools: Tools, secrets: ExitStack
) -> AsyncIterator[Opened]:
    """Read the config, open, and close at the end of the block, always by the same task.

    secrets: until it ends, no log shows the config's; the caller ends it, after it has told what
    went wrong. Raises ConfigRefused, TimeoutError, Quit and whatever `open` raises. An error of
    closing is logged: what was done in the block is done.
    """
    hide = tools.lending.redaction.add
    secrets.callback(hide(configs.stored_secrets(provided.provider, instance.stored)))
    config = configs.read(provided.provider, instance.stored, instance.version)
    secrets.callback(hide(configs.secrets_of(config)))
    with tools.lending.to(instance.id, provided.plugin) as context:
        async with _held(provided, config, context, tools) as found:
            yield found


@asynccontextmanager
async def _held(
    provided: Provided, config: Config, context: LentContext, tools: Tools
) -> AsyncIterator[Opened]:
    ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def hold() -> None:
        async with provided.provider.open(config, context) as live:
            ready.set_result(live)
            await leave.wait()

    task = tools.calls.start(hold, context.instance)
    try:
        await asyncio.wait(
            {task, ready}, timeout=tools.limits.open, return_when=asyncio.FIRST_COMPLETED
        )
        if not ready.done():
            if task.done():
                outcome(task)
                raise Quit("open yielded nothing")
            raise TimeoutError
        yield Opened(ready.result(), task)
    finally:
        leave.set()
        was_open = ready.done()
        ready.cancel()
        await _end(task, context, tools, was_open=was_open)


async def _end(
    task: asyncio.Task[None], context: LentContext, tools: Tools, *, was_open: bool
) -> None:
    if task.done():
        if not task.cancelled():
            task.exception()  # known already, by who looked at `ended`
        return
    if was_open:
        await asyncio.wait({task}, timeout=tools.limits.close)
    if not task.done():
        task.cancel()
        await asyncio.wait(
            {task}, timeout=tools.limits.close if not was_open else tools.limits.grace
        )
    if not task.done():
        context.log.warning("it does not close, and is left behind")
        tools.calls.abandon(task)
    elif was_open and not task.cancelled() and (error := task.exception()):
        context.log.warning("it closed with an error", exc_info=error)
