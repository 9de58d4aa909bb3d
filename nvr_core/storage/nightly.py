"""Once a night: whether catalogue and disks still say the same, told as an event."""

from __future__ import annotations

import logging
from datetime import time
from functools import partial
from typing import Any

from nvr_core.clock import Clock
from nvr_core.state import events, settings
from nvr_core.state.catalogue import State
from nvr_core.storage.report import Report
from nvr_core.storage.service import Storage
from nvr_core.wire.ids import new_id

log = logging.getLogger(__name__)

AT = time(3, 30)
"""Of the office's night."""
NAME = "check"
TOPIC = "storage.check"
KEY = "job.check"
SENTENCES = 8
"""Of a report that an event keeps."""
LENGTH = 300


async def last(state: State) -> int | None:
    """Wall time in µs at which it last began; None: never."""
    said = await state.read(partial(settings.setting, key=KEY))
    began = said.get("began") if isinstance(said, dict) else None
    return began if isinstance(began, int) else None


async def check(state: State, clock: Clock, storage: Storage) -> None:
    """Check all volumes, change nothing on them, and store what was found."""
    began = clock.wall()
    noted = partial(settings.set_setting, clock=clock, key=KEY, value={"began": began}, by="job")
    await state.write(noted)
    report = await storage.check(mend=False, progress=lambda _: None)
    if not report.sound:
        log.warning("the nightly check found: %s", "; ".join(report.sentences()))
    await state.write(partial(events.add_events, seen=[_seen(clock, began, report)]))


def _seen(clock: Clock, began: int, report: Report) -> events.Seen:
    detail: dict[str, Any] = {
        "looked_at": report.looked_at,
        "sentences": [one[:LENGTH] for one in report.sentences()[:SENTENCES]],
    }
    now = clock.wall()
    return events.Seen(
        event=new_id(clock),
        topic=TOPIC,
        subject="",
        began=min(began, now),
        ended=now,
        measured_at=now,
        source="server",
        severity="quiet" if report.sound else "warning",
        detail=detail,
    )
