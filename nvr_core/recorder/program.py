"""One recorder: what it holds, how it starts, ticks and ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import nvr_core
from nvr_core.clock import SECOND, Clock
from nvr_core.recorder import desired, history
from nvr_core.recorder.clockwatch import ClockWatch, boot_id
from nvr_core.recorder.logins import Logins
from nvr_core.recorder.making import Making
from nvr_core.recorder.options import Options
from nvr_core.recorder.puller import Connect, Surroundings
from nvr_core.recorder.rings import Rings
from nvr_core.recorder.shared_ledger import SharedLedger
from nvr_core.recorder.sources import Sources
from nvr_core.recorder.store import Volume
from nvr_core.recorder.telling import Telling
from nvr_core.recorder.volumes import Volumes
from nvr_core.recorder.worker import Worker
from nvr_core.wire.facts import Cause, Fact, RecorderStarted, StreamState
from nvr_core.wire.ids import new_id
from nvr_core.wire.succession import Left
from nvr_core.wire.wants import StreamWant, Want

log = logging.getLogger(__name__)

LAST_WORDS = 6.0
"""Seconds that a stopping recorder gives its disks, all at once; the parent kills after ten."""


LAST_LOOK = 60.0
"""Seconds after which nobody reads a predecessor's rings any more."""


class Recorder:
    """Turns wants into files and facts. One event loop; disks have threads of their own."""

    def __init__(
        self,
        *,
        installation: str,
        runtime: Path,
        clock: Clock,
        options: Options,
        telling: Telling,
        journal: Worker,
        logins: Logins,
        connect: Connect,
        past: history.Past,
        renews: str = "",
    ) -> None:
        """renews: the start of a predecessor that records still, until `succeed`."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._telling = telling
        telling.rotated = self._rotated
        self._journal = journal
        self.recorder_start = new_id(clock)
        self._past = past
        self.logins = logins
        self._renews = renews
        self._first = telling.next_number
        self._left = False
        self.ledger = SharedLedger(
            clock, self.recorder_start, self.tell, lambda: new_id(clock), past.lines
        )
        ring = f"ring-{self.recorder_start[-12:]}" if renews else "ring"
        self.rings = Rings(runtime / ring, self._loop, options, clock, self.tell)
        if not renews:
            self.rings.alone()
        self.volumes = Volumes(
            installation,
            clock,
            options,
            telling,
            tell=self.tell,
            ledger=self.ledger,
            past=past,
            repairing=not renews,
            unusable=self._unusable,
        )
        self._clockwatch = ClockWatch(clock)
        self._want: Want | None = None
        self._stray: frozenset[str] = frozenset()
        surroundings = Surroundings(
            clock=clock,
            options=options,
            ledger=self.ledger,
            tell=self.tell,
            uplinks={},
            connect=connect,
            blame=self._blame,
        )
        making = Making(
            clock=clock,
            options=options,
            tell=self.tell,
            recorder_start=self.recorder_start,
            ledger=self.ledger,
            rings=self.rings,
            volume=self.volumes.at,
            clock_state=self._clockwatch.state,
            relieve=self._relieve,
        )
        self.sources = Sources(surroundings, making)

    @property
    def wanted(self) -> Want | None:
        """The desired set in force."""
        return self._want

    @property
    def answers(self) -> bool:
        """The journal is ours: no predecessor records beside us."""
        return not self._renews

    def tell(self, fact: Fact) -> int:
        """Say what was seen, to the journal and to whoever listens."""
        if self._renews and isinstance(fact, StreamState) and self.ledger.waits_for(_stream(fact)):
            return 0  # the predecessor says how it is
        return self._telling.tell(fact)

    def acknowledged(self, number: int) -> None:
        """The journal may forget facts up to this number, but never the opening of an open gap:
        the next start goes on from it."""
        self._telling.forget(min(number, self.ledger.oldest - 1))

    def _rotated(self, newest: int) -> None:
        """A gap that goes on for months must not keep the journal of months: it is told again."""
        told: list[Callable[[], None]] = []
        self._telling.durably(lambda: told.append(self.ledger.again(newest)), lambda: told[0]())

    def start(self) -> None:
        """Say that this start exists; everything told afterwards lies on its line."""
        self.tell(
            RecorderStarted(
                recorder_start=self.recorder_start,
                boot=boot_id(),
                version=nvr_core.__version__,
                wall=self._clock.wall(),
                monotonic=self._clock.monotonic(),
                synchronised=self._clockwatch.state().synchronised,
                renews=self._renews,
            )
        )
        history.resume(self._past, self.ledger, self._clock, boot_id())
        self._telling.sync()  # a number that somebody has read is never given again

    def expect(self, want: Want) -> dict[str, tuple[StreamWant, ...]]:
        """A predecessor does what is wanted. Returns its sources, to be begun one by one."""
        self._want = want
        self.volumes.reclaim(want.reclaim)
        self.ledger.wait_for(stream.key for stream in want.streams)
        return desired.grouped(want.streams)

    def take_over(self, left: Left, why: str) -> None:
        """The predecessor has let go of a stream. why: a sentence, if it is not kept yet."""
        self.ledger.take_over(left, why)
        self._say_state(left.stream)

    def succeed(self, past: history.Past, *, died: bool) -> None:
        """The predecessor is no more, and the journal is ours. past: what it told.

        died: it did not hand everything over, and may have left something open.
        """
        self._renews = ""
        wanted = {stream.key for stream in self._want.streams} if self._want is not None else set()
        waited = {stream for stream in wanted if self.ledger.waits_for(stream)}
        lines, beside = self.ledger.inherit(past.lines, wanted)
        self._past.boot, self._past.last_sign = past.boot, past.last_sign
        self._past.open_segments.update(past.open_segments)
        if died:
            rest = history.of(past, lines, {*waited, *lines})
            history.resume(rest, self.ledger, self._clock, boot_id(), beside)
        for stream in waited:
            self._say_state(stream)
        self._rotated(self._first)  # gaps that were told by the predecessor
        self.volumes.repair()
        self.rings.alone(LAST_LOOK)

    async def hand_over(self, streams: Collection[str]) -> tuple[Left, ...]:
        """A successor has these streams, or will: hang up, and answer for them no more."""
        lines = await self.sources.release(streams)
        return tuple(self.ledger.hand_over(line.want.key, line.leave()) for line in lines)

    def take_back(self, left: Iterable[Left], why: str) -> None:
        """The successor is no more. why: a sentence. Its files are repaired as after a crash."""
        for one in left:
            self.ledger.take_back(one, why)
        if self._want is not None:
            self.sources.become(desired.grouped(self._want.streams))
        self.volumes.repair()

    async def leave(self) -> None:
        """A successor has every stream: tell what there is to tell, and touch nothing more."""
        self._left = True
        await self.sources.stop()
        await self._settle()

    def want(self, want: Want) -> bool:
        """Take over a desired set. Streams that stay are not touched; the rest starts or ends.

        False: it is older than the one in force, and ignored.
        """
        if not desired.newer(self._want, want):
            return False
        self._want = want
        self.volumes.reclaim(want.reclaim)
        roots = {*self.volumes.roots, *(stream.volume for stream in want.streams if stream.volume)}
        before, self._stray = self._stray, desired.stray(want.reclaim, roots)
        if fresh := sorted(self._stray - before):
            log.warning("not deleted, for they lie on no volume that is written to: %s", fresh)
        for stream in self.ledger.streams - {stream.key for stream in want.streams}:
            self.ledger.ended(stream)
        self.sources.become(desired.grouped(want.streams))
        log.info("wanted: %s", desired.summary(want))
        return True

    def present(self) -> Iterator[Fact]:
        """What a listener must know that was not there: states, open segments, ring contents."""
        for pipeline in self.sources.pipelines.values():
            yield from pipeline.present()
        yield from self.rings.present()

    def tick(self) -> None:
        """Once a second: clocks, silence, schedules, syncs."""
        step = self._clockwatch.step()
        if step:
            log.warning("the system clock stepped by %.1f s", step / SECOND)
            self.ledger.stepped()
            for pipeline in self.sources.pipelines.values():
                pipeline.clock_stepped()
        self.sources.tick(self._clock.monotonic())
        self.volumes.tick()
        self.rings.tick()
        self._telling.sync()

    async def stop(self) -> None:
        """Close every file, tell the last facts, and leave nothing unsynced."""
        if self._left:
            return
        await self.sources.stop()
        for pipeline in self.sources.pipelines.values():
            pipeline.end_run()
            pipeline.missing(Cause.RECORDER_STOPPED, "the recorder was stopped")
        await self._settle()

    async def _settle(self) -> None:
        left = await self.volumes.settle(LAST_WORDS)
        self._telling.sync()
        told = await self._journal.stop(2.0)
        ending = []
        for volume in self.volumes:
            if told and volume not in left:
                ending.append(volume.stop(0.5))
            else:
                log.error("no answer for %s; its files are looked at again later", volume.root)
        await asyncio.gather(*ending, self.rings.stop(1.0))

    def _say_state(self, stream: str) -> None:
        line = self.sources.pipelines.get(stream)
        if line is not None and line.state is not None:
            self.tell(line.state)

    def _unusable(self, volume: Volume) -> None:
        for pipeline in self.sources.pipelines.values():
            pipeline.store_changed(volume)

    def _relieve(self, volume: Volume) -> None:
        """The queue of a disk is full: take whole fragments of the least important streams."""
        waiting = [
            line
            for line in self.sources.pipelines.values()
            if line.want.volume == str(volume.root) and line.waiting
        ]
        for pipeline in sorted(waiting, key=lambda line: (line.want.rank, -line.waiting)):
            if not volume.overfull:
                break
            pipeline.drop()

    def _blame(self, devices: set[str]) -> None:
        for pipeline in self.sources.pipelines.values():
            key = pipeline.want.key
            away = self.ledger.cause(key) == Cause.CAMERA_UNREACHABLE  # and no pause, say
            if away and pipeline.want.login_group in devices:
                self.ledger.blame(key, Cause.NETWORK_LOSS)


def _stream(fact: StreamState) -> str:
    return f"{fact.camera}/{fact.stream}"
