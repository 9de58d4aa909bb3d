"""A day of one camera: its edges in the office's zone, and its gaps as rows and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as midnight

from nvr_core.clock import SECOND
from nvr_core.recording.timeline import Hole
from nvr_core.words import Words

FAMILIES: Mapping[str, str] = {
    "camera-unreachable": "camera",
    "camera-silent": "camera",
    "login-refused": "camera",
    "device-full": "camera",
    "waiting-for-key-frame": "camera",
    "unsupported": "camera",
    "network-loss": "network",
    "power": "power",
    "disk-slow": "disk",
    "disk-full": "disk",
    "disk-lost": "disk",
    "recorder-stopped": "recorder",
    "clock": "recorder",
    "by-schedule": "pause",
    "by-person": "pause",
}
"""Cause → the pattern it is drawn with."""


@dataclass(frozen=True, slots=True)
class Day:
    """Wall times in µs; `before` and `after` are ISO dates, "" when that day has not begun."""

    start: int
    end: int
    start_before: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class GapView:
    """One row of the table of gaps, and one shape of the strip."""

    start: int
    end: int | None
    family: str
    words: str
    span: str
    length: str


def day_of(words: Words, asked: str | None, now: int) -> Day:
    """The day that was asked for (ISO 8601), today when it is none or lies ahead."""
    today = words.moment(now).date()
    try:
        day = min(date.fromisoformat(asked), today) if asked else today
    except ValueError:
        day = today
    first = date(1970, 1, 3)
    day = max(day, first)
    return Day(
        start=_midnight(words, day),
        end=_midnight(words, day + timedelta(days=1)),
        start_before=_midnight(words, day - timedelta(days=1)),
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat() if day < today else "",
    )


def _midnight(words: Words, day: date) -> int:
    moment = datetime.combine(day, midnight(), words.zone)
    return round(moment.timestamp()) * SECOND


def gap_views(holes: Iterable[Hole], words: Words, now: int) -> list[GapView]:
    """Gaps in words; one that still lasts is as long as it has lasted."""
    found = []
    for hole in holes:
        text = words(f"cause.{hole.cause}")
        if hole.count > 1:
            text = words("gaps.many", words=text, count=hole.count)
        found.append(
            GapView(
                start=hole.start,
                end=hole.end,
                family=FAMILIES[hole.cause],
                words=text,
                span=words.span(hole.start, hole.end, now),
                length=words.length(max(0, (hole.end or now) - hole.start)),
            )
        )
    return found


def doubt_words(began: int, by: int, words: Words) -> str:
    """Where footage lies whose clock was wrong, and where it belongs. began, by: µs."""
    told, right = (f"{words.date(wall)} {words.time(wall, True)}" for wall in (began, began + by))
    return words("doubt.words", told=told, right=right)
