"""`ronda events`: what was seen, the newest first, or as it comes."""

from __future__ import annotations

from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, moments, table
from nvr_core.cli.asked import Answered

SENTENCE = "sentence"
"""What speaks for itself in an event's details."""


@click.command("events")
@click.option("--since", metavar="TIME", help="Events that began then or later; else a day ago.")
@click.option("--follow", is_flag=True, help="The oldest first, then each new one, until Ctrl-C.")
@asked.config_option
@asked.json_option
def command(since: str | None, follow: bool, config: Path | None, as_json: bool) -> None:
    """List events, the newest first.

    TIME is written with its zone, such as 2026-05-01T21:14:06+07:00. --follow needs a running
    server.
    """
    began = None if since is None else moments.parse(since)
    question = questions.Events(since=began, follow=follow)
    count = 0

    def show(answered: Answered, event: answers.Event) -> None:
        nonlocal count
        count += 1
        if as_json:
            click.echo(asked.written(event.model_dump()))
        else:
            click.echo("\n".join(_lines(answered, event)))

    try:
        answered = asked.each(question, answers.Event, config, show)
    except KeyboardInterrupt:
        if not follow:
            raise
        return  # Ctrl-C is how it ends
    if not count and not as_json:
        since_when = max(0, answered.now - questions.DAY) if began is None else began
        click.echo(f"no event since {answered.time(since_when)}")


def _lines(answered: Answered, event: answers.Event) -> list[str]:
    about = event.name or event.subject
    first = f"{answered.time(event.began)}  {event.severity:<8}  {event.topic}"
    if about:
        first += f"  {about}"
    said = []
    if event.ended is not None:
        said.append(f"until {answered.time(event.ended)}")
    for name, value in event.detail.items():
        text = value if isinstance(value, str) else asked.written(value)
        if name == SENTENCE:
            said.insert(0, text)
        elif text:
            said.append(f"{name}: {text}")
    said.append(f"said by {event.source}")
    return [table.clipped(first, table.WIDTH), *table.wrapped("; ".join(said))]
