"""Every question with what answers it: a new one gets its line here, and nothing else changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType

from nvr_core.admin import (
    boxes,
    checked,
    found,
    hello,
    hours,
    imported,
    kept,
    missing,
    questions,
    rooms,
    seen,
    watched,
)
from nvr_core.admin.answers import Head, Progress, Said
from nvr_core.admin.office import Answer, Office
from nvr_core.admin.questions import Question

ANSWERS: Mapping[str, tuple[type[Question], Answer]] = MappingProxyType(
    {
        questions.Cameras.name: (questions.Cameras, watched.answer),
        questions.Gaps.name: (questions.Gaps, missing.gaps),
        questions.Coverage.name: (questions.Coverage, missing.covered),
        questions.Segments.name: (questions.Segments, kept.answer),
        questions.Hello.name: (questions.Hello, hello.answer),
        questions.Volumes.name: (questions.Volumes, rooms.answer),
        questions.Check.name: (questions.Check, checked.check),
        questions.Rebuild.name: (questions.Rebuild, checked.rebuild),
        questions.Events.name: (questions.Events, seen.answer),
        questions.Search.name: (questions.Search, found.answer),
        questions.Devices.name: (questions.Devices, boxes.listed),
        questions.DeviceAdded.name: (questions.DeviceAdded, boxes.added),
        questions.DevicesImported.name: (questions.DevicesImported, imported.answer),
        questions.DeviceChanged.name: (questions.DeviceChanged, boxes.changed),
        questions.DeviceRemoved.name: (questions.DeviceRemoved, boxes.removed),
        questions.CameraAdded.name: (questions.CameraAdded, watched.added),
        questions.CameraRemoved.name: (questions.CameraRemoved, watched.removed),
        questions.CameraRenamed.name: (questions.CameraRenamed, watched.renamed),
        questions.Schedules.name: (questions.Schedules, hours.listed),
        questions.Scheduled.name: (questions.Scheduled, hours.changed),
    }
)


def head(office: Office) -> Head:
    """Who answers."""
    return Head(version=office.version, zone=str(office.zone), now=office.clock.wall())


def answered(office: Office, question: Question) -> AsyncGenerator[Said | Progress, None]:
    """The answer, line by line. The iteration raises SentenceError for what is refused."""
    _, answer = ANSWERS[question.name]
    return answer(office, question)
