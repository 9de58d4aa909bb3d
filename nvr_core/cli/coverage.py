"""`ronda coverage`: how much of what was wanted was recorded, and what is missing by cause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, moments, table
from nvr_core.wire.errors import SentenceError

ALL = "all"
MOST_DAYS = 3660
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@click.command("coverage")
@click.argument("words", metavar="[NAME|ID]... [FROM TO]", nargs=-1)
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help="The last so many days.")
@asked.config_option
@asked.json_option
def command(words: tuple[str, ...], days: int | None, config: Path | None, as_json: bool) -> None:
    """Tell how much of what was wanted was recorded.

    Of these cameras, or of all; in the last 24 hours, unless --days, or FROM and TO, say
    otherwise: times with their zone, such as 2026-05-01T21:14:06+07:00. What is missing is told by
    its cause, in hours, minutes and seconds.
    """
    question = _question(words, days)
    if as_json:
        asked.as_lines(question, answers.Covered, config)
        return
    answered, found = asked.every(question, answers.Covered, config)
    if not found:
        click.echo("no camera is watched yet; add one with: ronda device add")
        return
    began, ended = question.span(answered.now)
    click.echo(f"from {answered.time(began)} to {answered.time(ended)}\n")
    rows = [(one.name, one.stream, one.recorded, one.wanted) for one in found]
    causes = [one.missing for one in found]
    if len(found) > 1:
        recorded, wanted = sum(row[2] for row in rows), sum(row[3] for row in rows)
        rows.append((ALL, "", recorded, wanted))
        causes.append(_together(causes))
    lines = table.table(
        ("camera", "stream", "recorded", "of wanted", "missing"),
        [_row(*row) for row in rows],
        right="  >>>",
    )
    click.echo(lines[0])
    for line, missing in zip(lines[1:], causes, strict=True):
        click.echo(line)
        for cause, length in sorted(missing.items(), key=lambda one: -one[1]):
            width = len(lines[0]) - len(table.INDENT) - len(cause)
            click.echo(f"{table.INDENT}{cause}{table.length(length).rjust(width)}")


def _question(words: tuple[str, ...], days: int | None) -> questions.Coverage:
    """FROM and TO are told from names by how they begin: with a date."""
    first = next((at for at, word in enumerate(words) if DATE.match(word)), len(words))
    cameras, times = words[:first], words[first:]
    if len(times) > 2:
        raise SentenceError(f"{times[2]!r} stands behind FROM and TO; write the cameras first")
    span = moments.span(*(*times, None, None)[:2])
    if span is None:
        return questions.Coverage(cameras=cameras, last=(days or 1) * questions.DAY)
    if days is not None:
        raise SentenceError("--days and FROM TO are two ways to say the same; write one of them")
    return questions.Coverage(cameras=cameras, began=span[0], ended=span[1])


def _row(name: str, stream: str, recorded: int, wanted: int) -> tuple[str, ...]:
    return (
        name,
        stream,
        table.percent(recorded, wanted),
        table.length(wanted),
        table.length(wanted - recorded),
    )


def _together(every: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for one in every:
        found.update(one)
    return found
