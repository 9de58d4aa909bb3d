"""Answers about cameras: what is kept of each, and what is missing now."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from nvr_core.admin import answers, naming, questions
from nvr_core.admin.office import Office
from nvr_core.state import cameras, coverage, history, spans
from nvr_core.state.cameras import Camera
from nvr_core.state.coverage import Coverage
from nvr_core.state.history import Gap


async def known(office: Office) -> list[Camera]:
    """Every camera, those that were removed too."""
    return await office.state.read(partial(cameras.list_cameras, removed=True))


async def one(office: Office, said: str) -> Camera:
    """Raises UnknownCamera."""
    return naming.named(said, await known(office))


async def chosen(office: Office, said: tuple[str, ...]) -> list[Camera]:
    """The named ones, each once, in that order; all that are watched when none is named.

    Raises UnknownCamera.
    """
    every = await known(office)
    if not said:
        return [camera for camera in every if naming.watched(camera)]
    return list({(found := naming.named(name, every)).camera: found for name in said}.values())


async def answer(office: Office, asked: questions.Cameras) -> AsyncGenerator[answers.Camera, None]:
    found = await chosen(office, () if asked.camera is None else (asked.camera,))
    now = office.clock.wall()
    streams = await office.state.read(cameras.list_streams)
    going_on = {
        (camera, stream): gap for camera, stream, gap in await office.state.read(history.open_gaps)
    }
    ids = {camera.camera for camera in found}
    numbers = [number for number, (camera, _) in streams.items() if camera in ids]
    covered = await office.state.read(
        partial(coverage.coverage, streams=numbers, began=now - questions.DAY, ended=now, now=now)
    )
    for camera in found:
        own = [
            await _stream(office, camera.camera, streams[number][1], covered[number], going_on)
            for number in numbers
            if streams[number][0] == camera.camera
        ]
        yield answers.Camera(
            camera=camera.camera,
            name=naming.label(camera),
            removed_at=camera.removed_at,
            streams=tuple(own),
        )


async def _stream(
    office: Office,
    camera: str,
    name: str,
    covered: Coverage,
    going_on: dict[tuple[str, str], Gap],
) -> answers.Stream:
    kept = await office.state.read(partial(spans.kept, camera=camera, stream=name))
    gap = going_on.get((camera, name))
    return answers.Stream(
        stream=name,
        bytes=kept.bytes,
        oldest=kept.oldest,
        recorded=covered.recorded,
        wanted=covered.wanted,
        open=gap
        and answers.OpenGap(
            gap=gap.gap,
            cause=gap.cause,
            pause=gap.pause,
            began=gap.began,
            sentence=gap.sentence,
        ),
    )
