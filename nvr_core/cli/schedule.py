"""`ronda schedule`: the hours of the week at which cameras are kept."""

from __future__ import annotations

from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, table
from nvr_core.cli.asked import Answered


@click.command("schedule")
@click.argument("camera", metavar="[NAME|ID]", required=False)
@click.argument("hours", metavar="[HOURS]", required=False)
@asked.config_option
@asked.json_option
def command(camera: str | None, hours: str | None, config: Path | None, as_json: bool) -> None:
    """Tell when cameras are kept, or keep one at other HOURS.

    HOURS: always, never, or days and times such as "mon-fri 18:00-06:00, sat 00:00-24:00", in the
    office's zone. Outside of them a camera is seen live, and nothing of it is stored.
    """
    question: questions.Question = questions.Schedules(camera=camera)
    if camera is not None and hours is not None:
        question = questions.Scheduled(camera=camera, hours=hours)
    if as_json:
        asked.as_lines(question, answers.Schedule, config)
        return
    answered, found = asked.every(question, answers.Schedule, config)
    if not found:
        click.echo("no camera is watched yet; add one with: ronda device add")
        return
    rows = [(one.name, one.hours, _now(answered, one)) for one in found]
    click.echo("\n".join(table.table(("camera", "hours", "now"), rows)))


def _now(answered: Answered, one: answers.Schedule) -> str:
    word = "kept" if one.keeps else "not kept"
    until = f" until {answered.time(one.until)}" if one.until is not None else ""
    by = f", set by {one.by}" if one.by else ""
    return word + until + by
