"""Answers about events: the newest first, or one after the other as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial

from nvr_core.admin import answers, naming, questions, watched
from nvr_core.admin.office import Office
from nvr_core.state import events
from nvr_core.state.events import Seen
from nvr_core.wire.errors import SentenceError

PAUSE = 1.0
"""Seconds between looks for new ones: no commit is sooner."""


class NothingComes(SentenceError):
    """Nobody writes events while no server runs."""


async def answer(office: Office, asked: questions.Events) -> AsyncGenerator[answers.Event, None]:
    since = asked.since
    if since is None:
        since = max(0, office.clock.wall() - questions.DAY)
    if asked.follow:
        if not office.follows:
            raise NothingComes(
                "no server runs, so no event will come; start it with ronda run, or leave out "
                "--follow"
            )
        async with aclosing(_following(office, since)) as found:
            async for event in found:
                yield event
        return
    names = await _names(office)
    last: Seen | None = None
    while page := await office.state.read(_page(since, last)):
        for one in page:
            yield _said(one, names)
        last = page[-1]


async def _following(office: Office, since: int) -> AsyncGenerator[answers.Event, None]:
    """By number, for an event may be stored long after it began."""
    after = 0
    while True:
        work = partial(events.stored_after, number=after, since=since)
        page = await office.state.read(work)
        if page:
            names = await _names(office)
            after = page[-1].number
            for one in page:
                yield _said(one, names)
        else:
            await asyncio.sleep(PAUSE)


def _page(since: int, last: Seen | None) -> partial[list[Seen]]:
    return partial(events.list_events, began=since, ended=questions.LATEST, before=last)


async def _names(office: Office) -> Mapping[str, str]:
    return {one.camera: naming.label(one) for one in await watched.known(office)}


def _said(one: Seen, names: Mapping[str, str]) -> answers.Event:
    return answers.Event(
        event=one.event,
        topic=one.topic,
        subject=one.subject,
        name=names.get(one.subject, ""),
        began=one.began,
        ended=one.ended,
        severity=one.severity,
        source=one.source,
        detail=one.detail,
    )
