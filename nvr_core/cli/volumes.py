"""`ronda volumes`: where footage lies, what is free, and for how long there is room."""

from __future__ import annotations

from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, table
from nvr_core.cli.asked import Answered
from nvr_core.kit import sizes


@click.command("volumes")
@asked.config_option
@asked.json_option
def command(config: Path | None, as_json: bool) -> None:
    """Tell how full volumes are, and the days left.

    Of each: whether it is there, what lies there, and for how many days of recording there is
    room.
    """
    question = questions.Volumes()
    if as_json:
        asked.as_lines(question, answers.Volume, config)
        return
    answered, found = asked.every(question, answers.Volume, config)
    if not found:
        click.echo("there is no volume yet; the server makes one when it starts")
    for number, volume in enumerate(found):
        click.echo(("\n" if number else "") + table.plain(volume.root))
        click.echo("\n".join(table.fields(_fields(answered, volume))))


def _fields(answered: Answered, volume: answers.Volume) -> list[tuple[str, str]]:
    return [
        ("id", volume.volume),
        ("role", volume.role),
        ("state", volume.trouble or "here"),
        ("footage", f"{sizes.spoken(volume.bytes)} in {_files(volume.files)}"),
        ("oldest", "-" if volume.oldest is None else answered.time(volume.oldest)),
        (
            "limit",
            "what the disk can spare" if volume.limit is None else sizes.spoken(volume.limit),
        ),
        ("reserve", _size(volume.reserve)),
        ("free", f"{_size(volume.free)} of {_size(volume.size)}" if volume.size else "not known"),
        ("days left", "not known" if volume.days_left is None else f"{volume.days_left:.1f}"),
    ]


def _size(size: int | None) -> str:
    return "not known" if size is None else sizes.spoken(size)


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
