"""All instances, each in a task of its own: what one does costs the others nothing."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from nvr_core.contract import ContractError, NotReady, Text
from nvr_core.host.calls import TASK, Calls, Limits
from nvr_core.host.configs import ConfigRefused
from nvr_core.host.instance import Instance, Report
from nvr_core.host.lending import Lending
from nvr_core.host.opening import Tools, opened
from nvr_core.host.registry import Registry
from nvr_core.host.running import Running, traced
from nvr_core.host.steering import Patience, State, judge, spoken

T = TypeVar("T")
_log = logging.getLogger(__name__)

LIMITS = Limits()


class Supervisor:
    """`async with` it; at the end everything is closed. Used on one loop."""

    def __init__(
        self,
        registry: Registry,
        lending: Lending,
        *,
        told: Callable[[Report], None] = lambda _: None,
        limits: Limits = LIMITS,
        patience: Callable[[], Patience] = lambda: Patience(random.random),
    ) -> None:
        self._registry = registry
        self._tools = Tools(lending=lending, calls=Calls(), limits=limits)
        self._told = told
        self._patience = patience
        self._running: dict[str, Running] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._orphans: dict[str, Report] = {}
        """Instances of providers that are not there."""
        self._ending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for instance in tuple(self._running):
            self.take_away(instance)
        if self._ending:
            await asyncio.wait(self._ending)

    @property
    def reports(self) -> Mapping[str, Report]:
        """How every instance is, by id."""
        live = {name: running.report for name, running in self._running.items()}
        return MappingProxyType({**self._orphans, **live})

    @property
    def left_behind(self) -> int:
        """Calls of plugins that do not end: what a health page should show."""
        return self._tools.calls.left_behind

    def put(self, instance: Instance) -> None:
        """Run it; one that runs and has changed is closed and opened anew, at once."""
        known = self._running.get(instance.id)
        if known is not None and known.instance == instance:
            return
        before = self.take_away(instance.id)
        provided = self._registry.get(instance.kind, instance.provider)
        if provided is None:
            self._orphans[instance.id] = report = Report(
                instance=instance.id,
                state=State.BROKEN,
                since=self._tools.lending.clock.wall(),
                text=self._registry.why_not(instance.kind, instance.provider),
                code="no-provider",
            )
            self._told(report)
            return
        running = Running(provided, instance, self._tools, self._patience(), self._told)
        self._running[instance.id] = running
        task = asyncio.create_task(running.run(before), name=f"{TASK}{instance.id}")
        self._tasks[instance.id] = task
        task.add_done_callback(self._ended)

    def take_away(self, instance: str) -> asyncio.Task[None] | None:
        """Close it and forget it. Returns the task that closes it."""
        self._orphans.pop(instance, None)
        self._running.pop(instance, None)
        task = self._tasks.pop(instance, None)
        if task is not None and not task.done():
            self._ending.add(task)
            task.cancel()
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("%s ended by a mistake of ours", task.get_name(), exc_info=error)

    def retry(self, instance: str) -> None:
        """Open it again now: a person wishes it, or its device has a new address."""
        if running := self._running.get(instance):
            running.retry()

    def _of(self, instance: str) -> Running:
        if running := self._running.get(instance):
            return running
        orphan = self._orphans.get(instance)
        why = orphan.text if orphan and orphan.text else Text("There is no such instance.")
        raise NotReady(why, code="no-provider")

    async def call(
        self, instance: str, step: Callable[[Any], Awaitable[T]], limit: float | None = None
    ) -> T:
        """`await call(id, lambda device: device.refresh())`. Raises ContractError only."""
        return await self._of(instance).call(step, limit or self._tools.limits.call)

    async def transfer(self, instance: str, step: Callable[[Any], Awaitable[T]]) -> T:
        """The same for `put`: bounded by time without progress. Raises ContractError only."""
        return await self._of(instance).transfer(step)

    def pieces(self, instance: str, step: Callable[[Any], AsyncIterator[T]]) -> AsyncIterator[T]:
        """The same for `read` and `keys`, piece by piece. Raises ContractError only."""
        return self._of(instance).pieces(step)

    async def try_out(self, instance: Instance, step: Callable[[Any], Awaitable[T]]) -> T:
        """Open it once, before it is stored, ask it something, and close it.

        Raises ConfigRefused with every mistake of the form, or ContractError.
        """
        provided = self._registry.get(instance.kind, instance.provider)
        if provided is None:
            raise NotReady(
                self._registry.why_not(instance.kind, instance.provider), code="no-provider"
            )
        with ExitStack() as secrets:
            try:
                async with opened(provided, instance, self._tools, secrets) as found:
                    return await self._tools.calls.bounded(
                        lambda: step(found.live), instance.id, self._tools.limits.call
                    )
            except (ContractError, ConfigRefused):
                raise
            except Exception as error:
                clean = self._tools.lending.redaction
                if not judge(error).expected:
                    _log.warning(
                        "a plugin failed while it was tried out:\n%s", clean.clean(traced(error))
                    )
                raise spoken(error, clean.clean_text) from error
