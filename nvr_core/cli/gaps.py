"""`ronda gaps`: what was not recorded of a camera, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, moments, table
from nvr_core.cli.asked import Answered


@click.command("gaps")
@click.argument("camera", metavar="NAME|ID")
@click.argument("begin", metavar="[FROM", required=False)
@click.argument("end", metavar="TO]", required=False)
@asked.config_option
@asked.json_option
def command(
    camera: str, begin: str | None, end: str | None, config: Path | None, as_json: bool
) -> None:
    """List what is missing of a camera, and why.

    FROM and TO are times with their zone, such as 2026-05-01T21:14:06+07:00; without them, the
    last 24 hours.
    """
    span = moments.span(begin, end)
    question = questions.Gaps(camera=camera)
    if span is not None:
        question = questions.Gaps(camera=camera, began=span[0], ended=span[1])
    if as_json:
        asked.as_lines(question, answers.Gap, config)
        return
    answered, found = asked.every(question, answers.Gap, config)
    began, ended = question.span(answered.now)
    if not found:
        click.echo(f"no gap from {answered.time(began)} to {answered.time(ended)}")
        return
    lines = table.table(
        ("from", "to", "length", "stream"),
        [_row(answered, gap) for gap in found],
        right="  >",
    )
    click.echo(lines[0])
    for gap, line in zip(found, lines[1:], strict=True):
        click.echo(line)
        what = f"{'pause' if gap.pause else 'gap'}, {gap.cause}"
        for said in table.wrapped(f"{what}: {gap.sentence}" if gap.sentence else what):
            click.echo(said)
    click.echo()
    for said in _sums(found, began, min(ended, answered.now), answered.now):
        click.echo(said)


def _row(answered: Answered, gap: answers.Gap) -> tuple[str, ...]:
    ended = answered.now if gap.ended is None else gap.ended
    return (
        answered.time(gap.began),
        "goes on" if gap.ended is None else answered.time(gap.ended),
        table.length(max(0, ended - gap.began)),
        gap.stream,
    )


def _sums(found: Sequence[answers.Gap], began: int, ended: int, now: int) -> list[str]:
    """How much of the span is missing of each stream, in a line."""
    sums: dict[str, list[int]] = defaultdict(list)
    for gap in found:
        last = min(now if gap.ended is None else gap.ended, ended)
        inside = max(0, last - max(gap.began, began))
        own = sums[gap.stream]
        if not gap.pause:
            own.append(inside)
    span = table.length(max(0, ended - began))
    return [
        f"{stream}: {_counted(len(missing))}, {table.length(sum(missing))} of {span} missing"
        for stream, missing in sums.items()
    ]


def _counted(count: int) -> str:
    return f"{count} gap" if count == 1 else f"{count} gaps"
