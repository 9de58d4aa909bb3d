"""The life of one source: connect, deliver until it fails, say why, wait, again."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nvr_core.clock import SECOND, Clock
from nvr_core.media.track import FrameSink
from nvr_core.recorder.failures import NoConnection, OwnFault, Silent, SourceFailed
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.logins import Parked
from nvr_core.recorder.options import Options
from nvr_core.recorder.pipeline import Pipeline
from nvr_core.recorder.spent import Spent
from nvr_core.recorder.tally import Tally
from nvr_core.recorder.uplinks import Uplink
from nvr_core.wire.facts import Cause, Fact, LoginParked, Notice, SourceNeeded, StreamState
from nvr_core.wire.wants import Source, StreamWant

log = logging.getLogger(__name__)

STEADY = 30 * SECOND
"""A source that delivered for this long starts its back-off anew."""


class Conversation(Protocol):
    """What a puller needs of a source: RTSP and PyAV both look like this."""

    @property
    def refused(self) -> Mapping[str, str]: ...
    @property
    def ended(self) -> asyncio.Future[SourceFailed]: ...
    async def open(self) -> None: ...
    async def keep_alive(self) -> None: ...
    def fail(self, reason: SourceFailed) -> None: ...
    def tally(self, kind: str) -> Tally: ...
    async def close(self) -> None: ...


Connect = Callable[[Source, StreamWant, Mapping[str, FrameSink]], Conversation]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all pullers of a recorder share."""

    clock: Clock
    options: Options
    ledger: Ledger
    tell: Callable[[Fact], object]
    uplinks: dict[str, Uplink]
    connect: Connect
    blame: Callable[[set[str]], None]
    """Told the devices that one network failure took down together."""


def source_key(want: StreamWant) -> str:
    """Wants with the same key share one conversation with the camera.

    A url that changes all the time does not tell one source from another.
    """
    source = want.source
    place = source.url if source.lasting else want.stream.removesuffix("-audio")
    return f"{want.camera}\0{place}\0{source.transport}\0{source.verify_tls}"


class Puller:
    """Keeps one source alive for the one or two streams (video, audio) that come from it."""

    def __init__(
        self, surroundings: Surroundings, pipelines: Sequence[Pipeline], *, queued: bool = False
    ) -> None:
        """queued: even the first connection waits for its turn on the uplink."""
        self._with = surroundings
        self._queued = queued
        self.pipelines = tuple(pipelines)
        self._conversation: Conversation | None = None
        self._opened_at = 0
        self._delivered_at: int | None = None
        self._again = asyncio.Event()
        self._spent = Spent(surroundings.clock)
        self._noticed: dict[str, str] = {}
        """What is left out of each stream, as people were told."""
        self.reconnects = 0

    @property
    def want(self) -> StreamWant:
        """The want that names the source: its login is read anew at each connect."""
        return self.pipelines[0].want

    def retry_now(self) -> None:
        """Something changed (a login, an address): do not wait for the back-off's end."""
        self._again.set()

    async def run(self) -> None:
        """Never returns; cancel it to hang up."""
        options = self._with.options
        delay = options.retry_first
        while True:
            # A recorder that starts takes up at once what was there a moment ago.
            if self.reconnects or self._queued:
                await self._take_turn()
            await self._fresh()
            self._again.clear()  # what changes from here on is worth another try
            failure = await self._converse()
            delivered = self._delivered_at
            if delivered is not None and self._with.clock.monotonic() - delivered > STEADY:
                delay = options.retry_first
            self._spent.failed(failure)
            self._report(failure)
            parked = isinstance(failure, Parked)
            _forget_frames(failure)
            patience = None if parked else delay * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            try:
                async with asyncio.timeout(patience):
                    await self._again.wait()
            except TimeoutError:
                pass
            delay = options.retry_first if parked else min(delay * 2, options.retry_limit)
            self.reconnects += 1

    def tick(self, now: int) -> None:
        """Once a second: a camera that is connected and silent has failed."""
        for pipeline in self.pipelines:
            if pipeline.rates.due(now):
                want, gop = pipeline.want, pipeline.gop
                self._with.tell(pipeline.rates.told(want, now, gop=gop, reconnects=self.reconnects))
        if self._conversation is None:
            return
        watched = [line for line in self.pipelines if not line.want.audio] or self.pipelines
        for pipeline in watched:
            patience = max(self._with.options.silence, 2 * pipeline.gop)
            if pipeline.last_frame < self._opened_at:
                # Many cameras begin at their next key frame, which may be ten seconds away.
                patience = max(patience, 2 * self._with.options.silence)
            last = max(self._opened_at, pipeline.last_frame)
            if self._opened_at and now - last > patience:
                self._conversation.fail(
                    Silent(
                        f"connected, but no whole frame for {(now - last) // SECOND} s; "
                        "restart the camera if this goes on"
                    )
                )

    def wake(self, pipeline: Pipeline, ring: bool) -> None:
        """A pipeline's first fragment stands: the source delivers."""
        if self._delivered_at is None:
            self._delivered_at = self._with.clock.monotonic()
        self._uplink().answered(self.want.login_group)
        self._state(pipeline, "ring" if ring else "recording")

    async def _take_turn(self) -> None:
        wait = self._uplink().connect_in(self._with.clock.monotonic())
        if wait:
            await asyncio.sleep(wait / SECOND)

    async def _fresh(self) -> None:
        """Wait for another source where this one is spent; with none in time it is tried again."""
        why = self._spent.why(self.want.source)
        if not why:
            return
        want = self.want
        self._again.clear()
        self._with.tell(SourceNeeded(camera=want.camera, stream=want.stream, why=why))
        try:
            async with asyncio.timeout(self._with.options.fresh_source):
                while self._spent.why(self.want.source):
                    await self._again.wait()
                    self._again.clear()
        except TimeoutError:
            log.info("%s: no other source came in time", want.key)

    async def _converse(self) -> SourceFailed:
        self._delivered_at = None
        self._opened_at = 0
        for pipeline in self.pipelines:
            self._state(pipeline, "connecting")
        sinks = {("audio" if p.want.audio else "video"): p for p in self.pipelines}
        conversation: Conversation | None = None
        beat: asyncio.Task[None] | None = None
        try:
            self._spent.used(self.want.source)
            conversation = self._with.connect(self.want.source, self.want, sinks)
            self._conversation = conversation
            await conversation.open()
            self._opened(conversation)
            beat = asyncio.create_task(conversation.keep_alive(), name=f"beat {self.want.key}")
            ended = conversation.ended
            await asyncio.wait((ended, beat), return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await beat  # only a fault of ours ends it
            return ended.result()
        except SourceFailed as failure:
            return failure
        except Exception as error:
            # A fault of ours must cost this stream a retry, and be seen: never its end.
            log.exception("%s: a fault of Ronda", self.want.key)
            return OwnFault(error)
        finally:
            self._conversation = None
            if beat is not None:
                beat.cancel()
            for pipeline in self.pipelines:
                pipeline.end_run()
                pipeline.tally = Tally
            if conversation is not None:
                await self._hang_up(conversation)

    async def _hang_up(self, conversation: Conversation) -> None:
        try:
            await conversation.close()
        except Exception:
            # What goes wrong with a goodbye must not be the stream's end either.
            log.exception("%s: a fault of Ronda while it hung up", self.want.key)

    def _opened(self, conversation: Conversation) -> None:
        self._opened_at = self._with.clock.monotonic()
        for pipeline in self.pipelines:
            kind = "audio" if pipeline.want.audio else "video"
            said = conversation.refused.get(kind)
            if said is None:
                pipeline.tally = functools.partial(conversation.tally, kind)
                pipeline.missing(Cause.WAITING_FOR_KEY_FRAME)
                continue
            why = self.want.source.hide(said)
            pipeline.missing(Cause.UNSUPPORTED, why)
            want = pipeline.want
            if self._noticed.get(want.stream) != why:  # once, not at every reconnect
                self._noticed[want.stream] = why
                self._with.tell(
                    Notice(code="unsupported", sentence=why, camera=want.camera, stream=want.stream)
                )

    def _report(self, failure: SourceFailed) -> None:
        want = self.want
        cause, sentence = failure.cause, want.source.hide(failure.sentence)
        if isinstance(failure, NoConnection):  # whoever answers, be it with 404, has a network
            together = self._uplink().failed(want.login_group, self._with.clock.monotonic())
            if want.uplink and together:
                cause = Cause.NETWORK_LOSS
                self._with.blame(together)
        parked = isinstance(failure, Parked)
        if parked:
            self._with.tell(LoginParked(login_group=want.login_group, sentence=sentence))
        log.info("%s: %s (%s)", want.key, sentence, cause)
        for pipeline in self.pipelines:
            pipeline.missing(cause, sentence)
            self._state(pipeline, "parked" if parked else "waiting", cause, sentence)

    def _uplink(self) -> Uplink:
        want = self.want
        return self._with.uplinks.setdefault(want.uplink or want.login_group, Uplink())

    def _state(
        self, pipeline: Pipeline, state: str, cause: Cause | None = None, sentence: str = ""
    ) -> None:
        want = pipeline.want
        told = StreamState(
            camera=want.camera, stream=want.stream, state=state, cause=cause, sentence=sentence
        )
        if pipeline.state != told:
            pipeline.state = told
            self._with.tell(told)


def _forget_frames(failure: BaseException) -> None:
    """Let go of the conversation that an exception's traceback holds, buffers and all.

    Waiting for the next attempt may take long, and a cycle would wait for the collector.
    """
    failure.__traceback__ = None
    failure.__context__ = failure.__cause__ = None
