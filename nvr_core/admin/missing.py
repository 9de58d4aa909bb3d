"""Answers about what was not recorded: each gap with its cause, and how much in all."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from nvr_core.admin import naming, questions, watched
from nvr_core.admin.answers import Covered, Gap
from nvr_core.admin.office import Office
from nvr_core.state import cameras, coverage, history
from nvr_core.state.coverage import Coverage

MAIN = "main"


async def gaps(office: Office, asked: questions.Gaps) -> AsyncGenerator[Gap, None]:
    camera = await watched.one(office, asked.camera)
    began, ended = asked.span(office.clock.wall())
    streams = await office.state.read(partial(cameras.list_streams, camera=camera.camera))
    found = []
    for number, (_, name) in streams.items():
        work = partial(history.gaps_between, stream=number, began=began, ended=ended)
        found += [(gap, name) for gap in await office.state.read(work)]
    for gap, name in sorted(found, key=lambda one: one[0].began):
        yield Gap(
            camera=camera.camera,
            name=naming.label(camera),
            stream=name,
            gap=gap.gap,
            cause=gap.cause,
            told_cause=gap.told_cause,
            pause=gap.pause,
            began=gap.began,
            ended=gap.ended,
            filled=gap.filled,
            sentence=gap.sentence,
        )


async def covered(office: Office, asked: questions.Coverage) -> AsyncGenerator[Covered, None]:
    """A line for each stream that was wanted in the span, and one for a camera without any."""
    found = await watched.chosen(office, asked.cameras)
    now = office.clock.wall()
    began, ended = asked.span(now)
    streams = await office.state.read(cameras.list_streams)
    ids = {camera.camera for camera in found}
    numbers = [number for number, (camera, _) in streams.items() if camera in ids]
    reckoned = await office.state.read(
        partial(coverage.missing, streams=numbers, began=began, ended=ended, now=now)
    )
    for camera in found:
        own = {
            streams[number][1]: one
            for number, one in reckoned.items()
            if streams[number][0] == camera.camera and one[0].wanted
        }
        for name, (total, causes) in (own or {MAIN: (Coverage(), {})}).items():
            yield Covered(
                camera=camera.camera,
                name=naming.label(camera),
                stream=name,
                began=began,
                ended=ended,
                recorded=total.recorded,
                wanted=total.wanted,
                missing=causes,
            )
