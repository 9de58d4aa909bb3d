"""Answers about cameras: what is kept of each, and what is missing now."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from functools import partial

from nvr_core.admin import answers, boxes, naming, questions
from nvr_core.admin.office import Office
from nvr_core.devices import changing
from nvr_core.state import cameras, coverage, history, spans
from nvr_core.state.cameras import Camera
from nvr_core.state.coverage import Coverage
from nvr_core.state.history import Gap

log = logging.getLogger(__name__)


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
    async for said in _told(office, found):
        yield said


async def added(
    office: Office, asked: questions.CameraAdded
) -> AsyncGenerator[answers.Camera, None]:
    device = boxes.named(asked.device, office.devices.written.devices)
    camera = await changing.add_camera(office.devices, device, key=asked.channel, name=asked.camera)
    log.info("%s added the camera %s", office.by, camera.name)
    async for said in _told(office, [camera]):
        yield said


async def removed(
    office: Office, asked: questions.CameraRemoved
) -> AsyncGenerator[answers.Removed, None]:
    camera = await one(office, asked.camera)
    await changing.remove_camera(office.devices, camera)
    name = naming.label(camera)
    log.info("%s removed the camera %s", office.by, name)
    yield answers.Removed(name=name, cameras=(name,))


async def renamed(
    office: Office, asked: questions.CameraRenamed
) -> AsyncGenerator[answers.Camera, None]:
    camera = await one(office, asked.camera)
    await changing.rename_camera(office.devices, camera, asked.to)
    log.info("%s calls the camera %s %s", office.by, naming.label(camera), asked.to)
    async for said in _told(office, [await one(office, camera.camera)]):
        yield said


async def _told(office: Office, found: list[Camera]) -> AsyncGenerator[answers.Camera, None]:
    """Each camera with what is kept of it."""
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
