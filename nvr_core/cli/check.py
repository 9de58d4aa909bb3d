"""`ronda check`: whether the catalogue tells the truth about the disks, and mends what is safe."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.admin.answers import Checked
from nvr_core.cli import asked, table


@click.command("check")
@click.option("--mend", is_flag=True, help="Put right what is safe to; else nothing is changed.")
@asked.config_option
@asked.json_option
def command(mend: bool, config: Path | None, as_json: bool) -> None:
    """Compare the catalogue with the disks, and each stream's times with themselves.

    Recording and watching go on meanwhile. Exit code 1: something is wrong, and was not mended.
    """
    _, found = asked.every(questions.Check(mend=mend), answers.Checked, config)
    show(found[0], as_json)
    sys.exit(0 if found[0].sound or mend else 1)


def show(found: Checked, as_json: bool) -> None:
    """What was found, a sentence a line, or one JSON object."""
    if as_json:
        click.echo(asked.written(found.model_dump()))
        return
    for sentence in found.sentences:
        click.echo(table.plain(sentence))
