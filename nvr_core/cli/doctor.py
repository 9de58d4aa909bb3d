"""`ronda doctor`: what is missing on this machine, in sentences."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.cli import findings, machine
from nvr_core.cli.finding import Finding
from nvr_core.cli.service import Service
from nvr_core.wire.errors import SentenceError

WORDS = {"well": "well", "remark": "NOTE", "fault": "FAULT"}


def examined(config: Path | None) -> Iterator[Finding]:
    """Everything that can be asked; without settings only what concerns the machine."""
    for question in machine.QUESTIONS:
        yield from question()
    try:
        path = config or settings.find()
    except SentenceError as error:
        yield Finding(name="settings", state="remark", sentence=str(error))
        return
    try:
        found = settings.load(path)
        service = Service.of(found, path)
    except (SentenceError, OSError) as error:
        yield Finding(name="settings", state="fault", sentence=str(error))
        return
    cameras = len(found.camera)
    yield Finding(name="settings", state="well", sentence=f"{path} names {cameras} cameras")
    yield from findings.of_the_settings(found, path, service)


@click.command("doctor")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The settings: ronda.toml here, else /etc/ronda/ronda.toml.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(config: Path | None, as_json: bool) -> None:
    """Say what is missing on this machine. The exit code is 1 when something does not work."""
    found = list(examined(config))
    broken = any(finding.state == "fault" for finding in found)
    if as_json:
        rows = [dataclasses.asdict(finding) for finding in found]
        click.echo(json.dumps({"well": not broken, "findings": rows}, indent=1))
    else:
        for finding in found:
            click.echo(f"{WORDS[finding.state]:<6}{finding.name:<10}{finding.sentence}")
    sys.exit(1 if broken else 0)
