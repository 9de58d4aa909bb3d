"""The sources of a recorder: which conversations go on, and the streams that come from them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Collection, Mapping, Sequence

from nvr_core.recorder import desired
from nvr_core.recorder.making import Making
from nvr_core.recorder.pipeline import Pipeline
from nvr_core.recorder.puller import Puller, Surroundings
from nvr_core.wire.wants import StreamWant

Delivers = Callable[[str], None]
"""Told a stream whose first fragment stands."""

GOODBYE = 3.0
"""Seconds that a source which is handed over has to hang up."""


class Sources:
    """Starts, changes and ends pullers. A source serves a video stream, and perhaps its audio."""

    def __init__(self, surroundings: Surroundings, making: Making) -> None:
        self._loop = asyncio.get_running_loop()
        self._surroundings = surroundings
        self._making = making
        self._pullers: dict[str, tuple[Puller, asyncio.Task[None]]] = {}
        self.pipelines: dict[str, Pipeline] = {}
        """By stream."""

    def become(self, groups: Mapping[str, Sequence[StreamWant]]) -> None:
        """These are wanted now. Those that stay are not touched; the rest starts or ends."""
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
                self.begin(key, streams)

    def begin(
        self, key: str, streams: Sequence[StreamWant], delivers: Delivers | None = None
    ) -> None:
        """Start a source. With `delivers` it waits for its turn on the uplink first."""
        pipelines = []
        for stream in streams:
            pipeline = Pipeline(stream, self._making)
            self.pipelines[stream.key] = pipeline
            pipelines.append(pipeline)
        puller = Puller(self._surroundings, pipelines, queued=delivers is not None)
        for pipeline in pipelines:
            wake = functools.partial(puller.wake, pipeline)
            pipeline.delivers = _both(wake, delivers, pipeline) if delivers else wake
            pipeline.begin()
        task = self._loop.create_task(puller.run(), name=f"pull {streams[0].key}")
        self._pullers[key] = (puller, task)

    def retry_now(self, key: str) -> None:
        """What kept a source from delivering may be over."""
        self._pullers[key][0].retry_now()

    async def release(self, streams: Collection[str]) -> list[Pipeline]:
        """A successor has these, or is to have them: hang up, and let the streams go on there.

        Returns all streams of those sources, which their files are closed of.
        """
        let_go: list[Pipeline] = []
        tasks = []
        for key, (puller, task) in list(self._pullers.items()):
            if any(line.want.key in streams for line in puller.pipelines):
                del self._pullers[key]
                let_go += puller.pipelines
                task.cancel()
                tasks.append(task)
        for pipeline in let_go:
            pipeline.end_run()
            del self.pipelines[pipeline.want.key]
        if tasks:
            await asyncio.wait(tasks, timeout=GOODBYE)
        return let_go

    def tick(self, now: int) -> None:
        """Once a second. now: monotonic time, µs."""
        for puller, _ in self._pullers.values():
            puller.tick(now)
        for pipeline in self.pipelines.values():
            pipeline.tick()

    async def stop(self) -> None:
        """Hang up on all. Their streams stay as they are."""
        pullers, self._pullers = list(self._pullers.values()), {}
        for _, task in pullers:
            task.cancel()
        await asyncio.gather(*(task for _, task in pullers), return_exceptions=True)

    def _adapt(self, puller: Puller, streams: Sequence[StreamWant]) -> None:
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
            if self.pipelines.get(pipeline.want.key) is pipeline:
                del self.pipelines[pipeline.want.key]


def _both(
    wake: Callable[[bool], None], delivers: Delivers, pipeline: Pipeline
) -> Callable[[bool], None]:
    def call(ring: bool) -> None:
        wake(ring)
        delivers(pipeline.want.key)

    return call
