"""A policy as people write it: mon-fri 06:00-18:00, sat 22:00-02:00.

Day names are English or Indonesian; docs/ref/recording-times.md tells all that is understood.
"""

from __future__ import annotations

import re
from typing import assert_never

from nvr_core.scheduling.grid import grid
from nvr_core.scheduling.policy import (
    ALWAYS,
    DAY,
    HOUR,
    NEVER,
    Always,
    Never,
    Policy,
    PolicyError,
    Span,
    Weekly,
    weekly,
)

LENGTH = 2000
"""Characters of the longest text."""
SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = {
    name: day
    for day, names in enumerate(
        (
            "mon monday sen senin",
            "tue tuesday sel selasa",
            "wed wednesday rab rabu",
            "thu thursday kam kamis",
            "fri friday jum jumat jum'at",
            "sat saturday sab sabtu",
            "sun sunday min minggu ahad",
        )
    )
    for name in names.split()
}
WHOLE: dict[str, Policy] = {
    "always": ALWAYS,
    "selalu": ALWAYS,
    "never": NEVER,
    "tidak pernah": NEVER,
}

RIGHT = "always, never, or days and times such as mon-fri 06:00-18:00, sat 22:00-02:00"
_TIMES = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})-([0-9]{1,2})[:.]([0-9]{2})")


def parse(text: str, field: str = "recording") -> Policy:
    """The policy that a text means. Raises PolicyError, whose sentence begins with the field."""
    if len(text) > LENGTH:
        raise PolicyError(f"field {field}: {len(text)} characters are too many; write {RIGHT}")
    plain = re.sub(" ?[-–] ?", "-", " ".join(text.lower().split()))
    if plain in WHOLE:
        return WHOLE[plain]
    spans: list[Span] = []
    for item in re.split("[,;]", plain):
        try:
            spans += _spans(item.split())
        except _WrongError as wrong:
            where = f"{_shown(wrong.word)} in " if wrong.word not in ("", item.strip()) else ""
            whole = _shown(item.strip() or text)
            raise PolicyError(f"field {field}: {where}{whole} {wrong}") from None
    return weekly(spans, field)


def spoken(policy: Policy) -> str:
    """The shortest usual text of a policy; `parse` makes the same policy of it."""
    match policy:
        case Always():
            return "always"
        case Never():
            return "never"
        case Weekly():
            return ", ".join(_items(policy))
        case _:
            assert_never(policy)


class _WrongError(ValueError):
    """The end of a sentence that begins with the word that is wrong; "" when one is missing."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


def _shown(value: str) -> str:
    return f'"{value[:SHOWN]}…"' if len(value) > SHOWN else f'"{value}"'


def _spans(words: list[str]) -> list[Span]:
    """One item: days, then times, each of these on each of those. Raises _WrongError."""
    if not words:
        raise _WrongError("", f"says nothing before a comma, or at the end; write {RIGHT}")
    days: list[int] = []
    times: list[tuple[int, int]] = []
    for word in words:
        if word[0].isdigit():
            times.append(_times(word))
        elif times:
            raise _WrongError(word, "stands behind a time; write a comma before each new day")
        else:
            days += _days(word)
    if not days:
        raise _WrongError("", "names no day; write it first, such as mon-sun 06:00-18:00")
    if not times:
        raise _WrongError("", "names no times; write them behind the days: mon-fri 06:00-18:00")
    return [Span(day * DAY + start, day * DAY + end) for day in days for start, end in times]


def _days(word: str) -> list[int]:
    """The days of mon, or of sat-mon."""
    ends = word.split("-")
    if len(ends) > 2 or not all(end in NAMES for end in ends):
        raise _WrongError(
            word, "is no day; write mon, tue, wed, thu, fri, sat, sun or two of them: mon-fri"
        )
    first, last = NAMES[ends[0]], NAMES[ends[-1]]
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _times(word: str) -> tuple[int, int]:
    """From and to in minutes of the day; an end that is not later lies in the next day."""
    match = _TIMES.fullmatch(word)
    if match is None:
        raise _WrongError(word, "is no span of time; write from and to, such as 06:00-18:00")
    hours, minutes = (int(match[1]), int(match[3])), (int(match[2]), int(match[4]))
    start, end = (hour * HOUR + minute for hour, minute in zip(hours, minutes, strict=True))
    if start >= DAY or end > DAY or max(minutes) >= HOUR:
        raise _WrongError(
            word, "is beyond the day; write from 00:00 to 23:59 and to 24:00 at the latest"
        )
    if start == end:
        raise _WrongError(
            word, "begins when it ends; write 00:00-24:00 for a whole day, else two times"
        )
    return start, end if end > start else end + DAY


def _items(policy: Weekly) -> list[str]:
    """Days with the same times stand together; a window of a day or more is cut at midnight."""
    days: dict[Span, list[int]] = {}
    for day, pieces in enumerate(_pieces(policy)):
        for piece in pieces:
            days.setdefault(piece, []).append(day)
    times: dict[tuple[int, ...], list[Span]] = {}
    for piece, on in days.items():
        times.setdefault(tuple(on), []).append(piece)
    return [f"{_named(on)} {' '.join(map(_clock, pieces))}" for on, pieces in times.items()]


def _pieces(policy: Weekly) -> list[list[Span]]:
    """By day of the week: what begins on it, each piece shorter than a day or a whole one."""
    short = [span for span in policy.spans if span.end - span.start < DAY]
    long = tuple(span for span in policy.spans if span.end - span.start >= DAY)
    rows = grid(Weekly(long)) if long else ((),) * 7
    pieces = [list(row) for row in rows]
    for start, end in short:
        day = start // DAY
        pieces[day].append(Span(start - day * DAY, end - day * DAY))
    return [sorted(row) for row in pieces]


def _named(days: tuple[int, ...]) -> str:
    """mon wed fri-sun."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return " ".join(
        DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs
    )


def _clock(piece: Span) -> str:
    """06:00-18:00, 22:00-02:00, 00:00-24:00."""
    end = piece.end if piece.end <= DAY else piece.end - DAY
    return "-".join(f"{minute // HOUR:02}:{minute % HOUR:02}" for minute in (piece.start, end))
