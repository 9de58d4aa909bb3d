"""One instance under supervision: opened, called, reopened, or left until a person acts."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any, TypeVar

from nvr_core.clock import SECOND
from nvr_core.contract import ContractError, NotReady, Text
from nvr_core.host.calls import INSTANCE, Pulse
from nvr_core.host.instance import Instance, Report
from nvr_core.host.opening import Opened, Tools, opened
from nvr_core.host.plugin import Provided
from nvr_core.host.steering import HARMLESS, Patience, State, judge, spoken

T = TypeVar("T")
_END = object()

TRACEBACK = 16_384
"""Characters of a traceback that a report keeps, its end."""


class Running:
    """Holds one instance as live as it can be. `run` is its task."""

    def __init__(
        self,
        provided: Provided,
        instance: Instance,
        tools: Tools,
        patience: Patience,
        told: Callable[[Report], None],
    ) -> None:
        self.instance = instance
        self._provided = provided
        self._tools = tools
        self._patience = patience
        self._told = told
        self._opened: Opened | None = None
        self._trouble: asyncio.Future[BaseException] | None = None
        self._again = asyncio.Event()
        self.report = self._report(State.OPENING)

    def _report(self, state: State) -> Report:
        return Report(
            instance=self.instance.id,
            state=state,
            since=self._tools.lending.clock.wall(),
            plugin=self._provided.plugin,
        )

    def _tell(self, report: Report) -> None:
        if report.state is self.report.state:
            report = replace(report, since=self.report.since)
        self.report = report
        self._told(report)

    async def run(self, after: asyncio.Task[None] | None = None) -> None:
        """Until it is cancelled. after: the task of the instance as it was before a change."""
        INSTANCE.set(self.instance.id)  # the plugin's rules for configs run in this task
        if after is not None:
            await asyncio.wait({after})
        try:
            while True:
                with ExitStack() as secrets:
                    error, lived = await self._life(secrets)
                    delay = self._failed(error, lived)
                if delay != 0:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(delay):
                            await self._again.wait()
        finally:
            self._tell(self._report(State.STOPPED))

    async def _life(self, secrets: ExitStack) -> tuple[BaseException, float | None]:
        """One opening to its end: why it ended, and how many seconds it was live, if it was."""
        loop = asyncio.get_running_loop()
        began: float | None = None
        try:
            async with opened(self._provided, self.instance, self._tools, secrets) as found:
                began = loop.time()
                self._opened, self._trouble = found, loop.create_future()
                self._tell(self._report(State.LIVE))
                ends: set[asyncio.Future[Any]] = {found.task, self._trouble}
                try:
                    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                    known = self._trouble.done()
                    error = self._trouble.result() if known else found.ended()
                finally:
                    self._opened = self._trouble = None
        except Exception as failure:
            error = failure
        return error, None if began is None else loop.time() - began

    def _failed(self, error: BaseException, lived: float | None) -> float | None:
        """Tell it; returns the seconds to wait, None for "until a person acts"."""
        verdict = judge(error)
        clean = self._tools.lending.redaction
        delay = self._patience.failed(verdict, now=asyncio.get_running_loop().time(), lived=lived)
        state = State.BROKEN if delay is None and not verdict.expected else verdict.state
        report = self._report(state)
        self._again.clear()
        self._tell(
            replace(
                report,
                text=clean.clean_text(verdict.text),
                code=verdict.code,
                option=verdict.option,
                again_at=None if delay is None else self._in(delay),
                traceback="" if verdict.expected else clean.clean(traced(error)),
            )
        )
        return delay

    def _in(self, delay: float) -> int:
        return self._tools.lending.clock.wall() + round(delay * SECOND)

    def retry(self) -> None:
        """Open again now, when it waits for that; also what waits for a person."""
        self._again.set()

    async def call(
        self, step: Callable[[Any], Awaitable[T]], limit: float, pulse: Pulse | None = None
    ) -> T:
        """What the live object answers. Raises ContractError; a failure reopens the instance."""
        found, trouble = self._opened, self._trouble
        if found is None or trouble is None:
            raise NotReady(self._not_live(), code="not-live")
        try:
            return await self._tools.calls.bounded(
                lambda: step(found.live), self.instance.id, limit, pulse
            )
        except HARMLESS:
            raise
        except Exception as error:
            if not trouble.done():
                trouble.set_result(error)
            if isinstance(error, ContractError):
                raise
            raise spoken(error, self._tools.lending.redaction.clean_text) from error

    async def transfer(self, step: Callable[[Any], Awaitable[T]]) -> T:
        """A call that may take as long as it moves."""
        return await self.call(step, self._tools.limits.silence, Pulse())

    async def pieces(self, step: Callable[[Any], AsyncIterator[T]]) -> AsyncIterator[T]:
        """What the live object yields, each piece within the patience of a transfer."""
        found: list[AsyncIterator[T]] = []

        async def first(live: Any) -> None:
            found.append(aiter(step(live)))

        async def following(_: Any) -> Any:
            return await anext(found[0], _END)

        await self.call(first, self._tools.limits.call)
        try:
            while (piece := await self.transfer(following)) is not _END:
                yield piece
        finally:
            if close := getattr(found[0], "aclose", None):
                with suppress(Exception):
                    await self._tools.calls.bounded(
                        close, self.instance.id, self._tools.limits.call
                    )

    def _not_live(self) -> Text:
        if self.report.text is not None:
            return self.report.text
        return Text("It is not connected yet.")


def traced(error: BaseException) -> str:
    """The end of its traceback; it may hold secrets."""
    return "".join(traceback.format_exception(error))[-TRACEBACK:]
