"""The command `ronda`: one module a command, imported when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping

import click

import nvr_core
from nvr_core.cli import refusal
from nvr_core.media.errors import MediaError
from nvr_core.wire.errors import SentenceError

COMMANDS: Mapping[str, str] = {
    "run": "nvr_core.cli.run",
    "renew": "nvr_core.cli.renew",
    "demo": "nvr_core.cli.demo",
    "record": "nvr_core.cli.record",
    "export": "nvr_core.cli.export",
    "inspect": "nvr_core.cli.inspect",
    "discover": "nvr_core.cli.discover",
    "device": "nvr_core.cli.device",
    "camera": "nvr_core.cli.camera",
    "schedule": "nvr_core.cli.schedule",
    "gaps": "nvr_core.cli.gaps",
    "coverage": "nvr_core.cli.coverage",
    "volumes": "nvr_core.cli.volumes",
    "events": "nvr_core.cli.events",
    "check": "nvr_core.cli.check",
    "rebuild": "nvr_core.cli.rebuild",
    "plugins": "nvr_core.cli.plugins",
    "doctor": "nvr_core.cli.doctor",
    "systemd": "nvr_core.cli.systemd",
}
"""Command → the module whose `command` it is, in the order of the help."""


class Commands(click.Group):
    """Imports a command's module when its name is typed: `ronda inspect` loads no server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nvr_core.__version__, prog_name="ronda", message="%(prog)s %(version)s")
def ronda() -> None:
    """Ronda records a neighbourhood's cameras and shows them in a browser."""


def main() -> None:
    """Run the command line; what Ronda refuses is one sentence on stderr and exit code 1."""
    try:
        ronda(prog_name="ronda")
    except (SentenceError, MediaError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(refusal.sentence(error), err=True)
        sys.exit(1)
