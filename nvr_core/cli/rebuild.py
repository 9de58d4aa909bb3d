"""`ronda rebuild`: the catalogue of footage from the volumes alone, when ronda.db is gone."""

from __future__ import annotations

from pathlib import Path

import click

from nvr_core import settings
from nvr_core.admin import answers, questions
from nvr_core.cli import asked
from nvr_core.cli.check import show


@click.command("rebuild")
@asked.config_option
@asked.json_option
def command(config: Path | None, as_json: bool) -> None:
    """Give each segment on the volumes that the catalogue does not know its place there.

    What a file says of itself is believed; hashes are not checked. It may be stopped and repeated:
    what is known is passed over. Gaps cannot be found on disks; recorders tell new ones.
    """
    root = settings.load((config or settings.find()).absolute()).volume
    _, found = asked.every(questions.Rebuild(roots=(str(root),)), answers.Checked, config)
    show(found[0], as_json)
    if not as_json:
        files = "1 file has" if found[0].adopted == 1 else f"{found[0].adopted} files have"
        click.echo(f"{files} a place in the catalogue now and had none")
