"""`ronda discover`: which cameras and recorders answer in the network, added or not."""

from __future__ import annotations

from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, table

NOBODY = (
    "nobody answered; cameras behind a router are found with --network, such as "
    "ronda discover --network 192.168.1.0/24"
)


@click.command("discover")
@click.option(
    "--network",
    "networks",
    metavar="CIDR",
    multiple=True,
    help="Ask each address of this network too, such as 192.168.1.0/24.",
)
@asked.config_option
@asked.json_option
def command(networks: tuple[str, ...], config: Path | None, as_json: bool) -> None:
    """List the devices that answer, with the plugin that would open each. No password is tried.

    Everybody in this machine's own networks is asked at once. Only private networks are searched
    address by address.
    """
    question = questions.Search(networks=networks)
    if as_json:
        asked.as_lines(question, answers.Found, config)
        return
    _, found = asked.every(question, answers.Found, config)
    if not found:
        for line in table.wrapped(NOBODY, ""):
            click.echo(line)
        return
    rows = [(_what(one), one.address, one.vendor, one.added or "-") for one in found]
    lines = table.table(("device", "address", "vendor", "added as"), rows)
    click.echo(lines[0])
    for one, line in zip(found, lines[1:], strict=True):
        click.echo(line)
        if one.refusal:
            for said in table.wrapped(one.refusal):
                click.echo(said)
    fresh = next((one for one in found if not one.added and not one.refusal), None)
    if fresh is not None:
        port = f" --set port={fresh.port}" if fresh.port != 80 else ""
        click.echo(
            f"\nadd one with: ronda device add {fresh.vendor} NAME --set address={fresh.address}"
            f"{port} --set username=… --password"
        )


def _what(one: answers.Found) -> str:
    said = " ".join(filter(None, (one.manufacturer, one.model)))
    return " · ".join(filter(None, (one.name, said))) or "-"
