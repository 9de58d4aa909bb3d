"""Answers that take their time: the check of catalogue and disks, and the rebuild from disks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from nvr_core.admin import answers, questions
from nvr_core.admin.office import Office
from nvr_core.admin.rooms import UNKNOWN
from nvr_core.storage.report import Report
from nvr_core.storage.service import Storage
from nvr_core.wire.errors import SentenceError

Tell = Callable[[Report], None]
Answer = AsyncGenerator[answers.Checked | answers.Progress, None]


class NobodysVolumes(SentenceError):
    """Nobody knows whose volumes these are."""


async def check(office: Office, asked: questions.Check) -> Answer:
    storage = _storage(office)
    async for said in _told(lambda tell: storage.check(mend=asked.mend, progress=tell)):
        yield said


async def rebuild(office: Office, asked: questions.Rebuild) -> Answer:
    storage, roots = _storage(office), tuple(map(Path, asked.roots))
    async for said in _told(lambda tell: storage.rebuild(roots, progress=tell)):
        yield said


def _storage(office: Office) -> Storage:
    if office.storage is None:
        raise NobodysVolumes(UNKNOWN)
    return office.storage


async def _told(work: Callable[[Tell], Awaitable[Report]]) -> Answer:
    """Do it, and say how far it is. Who stops listening stops it."""
    news, looked_at = asyncio.Event(), 0

    def tell(report: Report) -> None:
        nonlocal looked_at
        looked_at = report.looked_at
        news.set()

    task = asyncio.ensure_future(work(tell))
    task.add_done_callback(lambda _: news.set())
    try:
        while True:
            await news.wait()
            news.clear()
            if task.done():
                break
            yield answers.Progress(sentence="rows and files were looked at", done=looked_at)
        yield _checked(task.result())
    finally:
        task.cancel()
        await asyncio.wait([task])


def _checked(report: Report) -> answers.Checked:
    return answers.Checked(
        looked_at=report.looked_at,
        adopted=report.adopted,
        mended=report.mended,
        sound=report.sound,
        counts={kind.name.lower(): count for kind, count in report.counts.items()},
        sentences=tuple(report.sentences()),
    )
