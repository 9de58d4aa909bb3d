"""Things seen, kept for people: added, and found again by time and by what they are about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from nvr_core.state import checked
from nvr_core.state.tables.people import events

DETAIL_BYTES = 4096
SEVERITIES = ("quiet", "notice", "warning", "critical")
PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One event; times are wall times in µs, without end while it goes on or when it was a
    moment."""

    event: str
    topic: str
    subject: str
    began: int
    ended: int | None
    measured_at: int
    source: str
    severity: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    """Local number once stored; where the next page begins."""


def add_events(connection: Connection, seen: Iterable[Seen]) -> None:
    """Keep them. Raises Refused."""
    rows = [
        {
            "event": one.event,
            "topic": checked.name("topic", one.topic),
            "subject": one.subject,
            "began": one.began,
            "ended": one.ended,
            "measured_at": one.measured_at,
            "source": one.source,
            "severity": checked.one_of("severity", one.severity, SEVERITIES),
            "detail": checked.as_json("detail", one.detail, DETAIL_BYTES),
        }
        for one in seen
    ]
    if rows:
        connection.execute(insert(events), rows)


def end_event(connection: Connection, event: str, *, at: int) -> None:
    """It does not go on any more. at: wall time, µs. Raises Refused."""
    number = checked.number(connection, events.c.event, event, field="event")
    connection.execute(update(events).where(events.c.id == number).values(ended=at))


def list_events(
    connection: Connection,
    *,
    began: int,
    ended: int,
    subject: str | None = None,
    topic: str | None = None,
    before: Seen | None = None,
    limit: int = PAGE,
) -> list[Seen]:
    """Events that began in [began, ended), the newest first, at most PAGE at once.

    before: the last one of the page before.
    """
    own = events.c
    query = select(events).where(own.began >= began, own.began < ended)
    if subject is not None:
        query = query.where(own.subject == subject)
    if topic is not None:
        query = query.where(own.topic == topic)
    if before is not None:
        query = query.where(
            own.began <= before.began, (own.began < before.began) | (own.id < before.number)
        )
    query = query.order_by(own.began.desc(), own.id.desc()).limit(min(limit, PAGE))
    return [_seen(row) for row in connection.execute(query)]


def stored_after(
    connection: Connection, *, number: int, since: int, limit: int = PAGE
) -> list[Seen]:
    """Events that were stored after the one with this number, in that order, at most PAGE at once.

    since: wall time (µs) before which none of them began.
    """
    own = events.c
    query = select(events).where(own.id > number, own.began >= since).order_by(own.id)
    return [_seen(row) for row in connection.execute(query.limit(min(limit, PAGE)))]


def _seen(row: Row[*tuple[Any, ...]]) -> Seen:
    return Seen(
        event=row.event,
        topic=row.topic,
        subject=row.subject,
        began=row.began,
        ended=row.ended,
        measured_at=row.measured_at,
        source=row.source,
        severity=row.severity,
        detail=json.loads(row.detail),
        number=row.id,
    )
