"""One recorder: what it holds, how it starts, ticks and ends."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import nvr_core
from nvr_core.clock import SECOND, Clock
from nvr_core.recorder import desired, history
from nvr_core.recorder.clockwatch import ClockWatch, boot_id
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.logins import Logins
from nvr_core.recorder.making import Making
from nvr_core.recorder.options import Options
from nvr_core.recorder.pipeline import Pipeline
from nvr_core.recorder.puller import Connect, Puller, Surroundings
from nvr_core.recorder.repairs import Repairs
from nvr_core.recorder.rings import Rings
from nvr_core.recorder.store import Volume
from nvr_core.recorder.telling import Telling
from nvr_core.recorder.trouble import Trouble
from nvr_core.recorder.worker import Worker
from nvr_core.wire.facts import Cause, Fact, RecorderStarted
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import StreamWant, Want

log = logging.getLogger(__name__)

LAST_WORDS = 6.0
"""Seconds that a stopping recorder gives its disks, all at once; the parent kills after ten."""


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
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._installation = installation
        self._clock = clock
        self._options = options
        self._telling = telling
        telling.rotated = self._rotated
        self._journal = journal
        self.recorder_start = new_id(clock)
        self._past = past
        self.logins = logins
        self.ledger = Ledger(
            clock, self.recorder_start, self.tell, lambda: new_id(clock), past.lines
        )
        self.rings = Rings(runtime / "ring", self._loop, options, clock, self.tell)
        self.volumes: dict[str, Volume] = {}
        self._clockwatch = ClockWatch(clock)
        self._want: Want | None = None
        self._stray: frozenset[str] = frozenset()
        self._pullers: dict[str, tuple[Puller, asyncio.Task[None]]] = {}
        self._pipelines: dict[str, Pipeline] = {}
        self._repairs: dict[str, Repairs] = {}
        self._surroundings = Surroundings(
            clock=clock,
            options=options,
            ledger=self.ledger,
            tell=self.tell,
            uplinks={},
            connect=connect,
            blame=self._blame,
        )
        self._making = Making(
            clock=clock,
            options=options,
            tell=self.tell,
            recorder_start=self.recorder_start,
            ledger=self.ledger,
            rings=self.rings,
            volume=self._volume,
            clock_state=self._clockwatch.state,
            relieve=self._relieve,
        )

    def tell(self, fact: Fact) -> int:
        """Say what was seen, to the journal and to whoever listens."""
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
            )
        )
        history.resume(self._past, self.ledger, self._clock, boot_id())
        self._telling.sync()  # a number that somebody has read is never given again

    def want(self, want: Want) -> bool:
        """Take over a desired set. Streams that stay are not touched; the rest starts or ends.

        False: it is older than the one in force, and ignored.
        """
        if not desired.newer(self._want, want):
            return False
        self._want = want
        for root, volume in self.volumes.items():
            volume.reclaim = desired.below(want.reclaim, root)
        roots = {*self.volumes, *(stream.volume for stream in want.streams if stream.volume)}
        before, self._stray = self._stray, desired.stray(want.reclaim, roots)
        if fresh := sorted(self._stray - before):
            log.warning("not deleted, for they lie on no volume that is written to: %s", fresh)
        for stream in self.ledger.streams - {stream.key for stream in want.streams}:
            self.ledger.ended(stream)
        groups = desired.grouped(want.streams)
        for key in set(self._pullers) - set(groups):
            self._end(key)
        for key, streams in groups.items():
            running = self._pullers.get(key)
            if running and [line.want.key for line in running[0].pipelines] == [
                stream.key for stream in streams
            ]:
                self._adapt(running[0], streams)
            else:
                if running:
                    self._end(key)
                self._begin(key, streams)
        log.info("wanted: %s", desired.summary(want))
        return True

    def present(self) -> Iterator[Fact]:
        """What a listener must know that was not there: states, open segments, ring contents."""
        for pipeline in self._pipelines.values():
            yield from pipeline.present()
        yield from self.rings.present()

    def tick(self) -> None:
        """Once a second: clocks, silence, schedules, syncs."""
        step = self._clockwatch.step()
        if step:
            log.warning("the system clock stepped by %.1f s", step / SECOND)
            self.ledger.stepped()
            for pipeline in self._pipelines.values():
                pipeline.clock_stepped()
        now = self._clock.monotonic()
        for puller, _ in self._pullers.values():
            puller.tick(now)
        for pipeline in self._pipelines.values():
            pipeline.tick()
        for volume in self.volumes.values():
            volume.tick()
        self.rings.tick()
        self._telling.sync()

    async def stop(self) -> None:
        """Close every file, tell the last facts, and leave nothing unsynced."""
        pullers, self._pullers = list(self._pullers.values()), {}
        for _, task in pullers:
            task.cancel()
        await asyncio.gather(*(task for _, task in pullers), return_exceptions=True)
        for pipeline in self._pipelines.values():
            pipeline.end_run()
            pipeline.missing(Cause.RECORDER_STOPPED, "the recorder was stopped")
        volumes = tuple(self.volumes.values())
        settled, _ = await asyncio.gather(
            asyncio.gather(*(volume.settle(LAST_WORDS) for volume in volumes)),
            asyncio.gather(*(repairs.stop(LAST_WORDS) for repairs in self._repairs.values())),
        )
        self._telling.sync()
        told = await self._journal.stop(2.0)
        ending = []
        for volume, well in zip(volumes, settled, strict=True):
            if told and well:
                ending.append(volume.stop(0.5))
            else:
                log.error("no answer for %s; its files are looked at again later", volume.root)
        await asyncio.gather(*ending, self.rings.stop(1.0))

    def _begin(self, key: str, streams: tuple[StreamWant, ...]) -> None:
        pipelines = []
        for stream in streams:
            pipeline = Pipeline(stream, self._making)
            self._pipelines[stream.key] = pipeline
            pipelines.append(pipeline)
        puller = Puller(self._surroundings, pipelines)
        for pipeline in pipelines:
            pipeline.delivers = functools.partial(puller.wake, pipeline)
            pipeline.begin()
        task = self._loop.create_task(puller.run(), name=f"pull {streams[0].key}")
        self._pullers[key] = (puller, task)

    def _adapt(self, puller: Puller, streams: tuple[StreamWant, ...]) -> None:
        changed = desired.source_changed(puller.want, streams[0])
        for pipeline, stream in zip(puller.pipelines, streams, strict=True):
            pipeline.update(stream)
        if changed:
            puller.retry_now()

    def _end(self, key: str) -> None:
        puller, task = self._pullers.pop(key)
        task.cancel()
        for pipeline in puller.pipelines:
            pipeline.end_run()
            pipeline.end()
            if self._pipelines.get(pipeline.want.key) is pipeline:
                del self._pipelines[pipeline.want.key]

    def _volume(self, root: str) -> Volume:
        volume = self.volumes.get(root)
        if volume is None:
            volume = Volume(
                Path(root),
                self._installation,
                self._loop,
                self._options,
                self._clock,
                self.tell,
                self._telling.durably,
            )
            self.volumes[root] = volume
            if self._want is not None:
                volume.reclaim = desired.below(self._want.reclaim, root)
            volume.changed = functools.partial(self._volume_changed, volume)
            repairs = Repairs(volume, self._loop, self._clock, self.tell, self._past)
            self._repairs[root] = repairs
            volume.tick()
            repairs.again(self.ledger)
        return volume

    def _volume_changed(self, volume: Volume, trouble: Trouble | None) -> None:
        repairs = self._repairs[str(volume.root)]
        if trouble is None:
            repairs.again(self.ledger)
            return
        repairs.rest(trouble)
        for pipeline in self._pipelines.values():
            pipeline.store_changed(volume)

    def _relieve(self, volume: Volume) -> None:
        """The queue of a disk is full: take whole fragments of the least important streams."""
        waiting = [
            line
            for line in self._pipelines.values()
            if line.want.volume == str(volume.root) and line.waiting
        ]
        for pipeline in sorted(waiting, key=lambda line: (line.want.rank, -line.waiting)):
            if not volume.overfull:
                break
            pipeline.drop()

    def _blame(self, devices: set[str]) -> None:
        for pipeline in self._pipelines.values():
            key = pipeline.want.key
            away = self.ledger.cause(key) == Cause.CAMERA_UNREACHABLE  # and no pause, say
            if away and pipeline.want.login_group in devices:
                self.ledger.blame(key, Cause.NETWORK_LOSS)
