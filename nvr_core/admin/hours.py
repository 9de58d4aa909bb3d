"""Answers about the hours at which cameras are kept."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator

from nvr_core.admin import answers, naming, questions, watched
from nvr_core.admin.office import Office
from nvr_core.devices import changing
from nvr_core.scheduling import ALWAYS, Always, keeps, next_edge, parse, restored, spoken, stored
from nvr_core.state import schedules
from nvr_core.state.cameras import Camera

log = logging.getLogger(__name__)


async def listed(
    office: Office, asked: questions.Schedules
) -> AsyncGenerator[answers.Schedule, None]:
    for camera in await watched.chosen(office, () if asked.camera is None else (asked.camera,)):
        yield await _told(office, camera)


async def changed(
    office: Office, asked: questions.Scheduled
) -> AsyncGenerator[answers.Schedule, None]:
    camera = await watched.one(office, asked.camera)
    policy = parse(asked.hours, "hours")
    rules = None if isinstance(policy, Always) else stored(policy)
    await changing.set_hours(office.devices, camera, rules, by=office.by)
    log.info("%s keeps %s at: %s", office.by, naming.label(camera), spoken(policy))
    yield await _told(office, camera)


async def _told(office: Office, camera: Camera) -> answers.Schedule:
    there = (await office.state.read(schedules.list_schedules)).get(camera.camera)
    policy = ALWAYS if there is None else restored(there.rules)
    now = office.clock.wall()
    return answers.Schedule(
        camera=camera.camera,
        name=naming.label(camera),
        hours=spoken(policy),
        keeps=keeps(policy, office.zone, now),
        until=next_edge(policy, office.zone, now),
        by="" if there is None else there.changed_by,
    )
