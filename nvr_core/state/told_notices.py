"""Notices of recorders as events: kept for people, and found again by a server that starts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from nvr_core.state.events import Seen, add_events, list_events
from nvr_core.state.known import Moment
from nvr_core.state.tables.recorders import recorder_starts, recorders
from nvr_core.wire.facts import LoginParked, Notice
from nvr_core.wire.ids import new_id

TOPIC = "notice"
PARKED = "login-parked"
LONGEST = 500
"""Characters of a sentence that are kept: also where JSON writes each with six, it fits."""
SHORT = 60
"""Characters of a code, a stream or a login group."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A notice, who told it, and the wall time at which it was written down, µs."""

    recorder: str
    at: int
    notice: Notice


def noticed(connection: Connection, recorder: str, at: int, fact: Notice | LoginParked) -> None:
    """Keep it. recorder: its name. at: wall time of the fact, µs."""
    detail = {"sentence": fact.sentence[:LONGEST]}
    if isinstance(fact, Notice):
        detail |= {"code": fact.code[:SHORT], "stream": fact.stream[:SHORT]}
    else:
        detail |= {"login_group": fact.login_group[:SHORT]}
    seen = Seen(
        event=new_id(Moment(at)),
        topic=TOPIC if isinstance(fact, Notice) else PARKED,
        subject=fact.camera if isinstance(fact, Notice) else "",
        began=at,
        ended=None,
        measured_at=at,
        source=recorder,
        severity="notice" if isinstance(fact, Notice) else "warning",
        detail=detail,
    )
    add_events(connection, [seen])


def since_start(connection: Connection, *, since: int) -> list[Stored]:
    """Notices since this wall time (µs), in order; only what each recorder told in its last life,
    for a new one looks at everything anew."""
    rows = connection.execute(
        select(recorders.c.name, recorder_starts.c.wall)
        .join(recorders, recorders.c.id == recorder_starts.c.recorder)
        .where(recorder_starts.c.wall.is_not(None))
        .order_by(recorder_starts.c.id)
    )
    began: dict[str, int] = {row.name: row.wall for row in rows}
    found = []
    for seen in reversed(list_events(connection, began=since, ended=1 << 62, topic=TOPIC)):
        if seen.began < began.get(seen.source, 0):
            continue
        code, sentence, stream = (seen.detail[name] for name in ("code", "sentence", "stream"))
        notice = Notice(code=code, sentence=sentence, camera=seen.subject, stream=stream)
        found.append(Stored(seen.source, seen.began, notice))
    return found
