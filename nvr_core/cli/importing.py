"""`ronda device import`: many devices from a table, all of them or none."""

from __future__ import annotations

import binascii
import sys
from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, table
from nvr_core.devices import sheet
from nvr_core.wire.errors import SentenceError


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only check it.")
@asked.config_option
@asked.json_option
def command(file: Path, dry_run: bool, config: Path | None, as_json: bool) -> None:
    """Add the devices of a table, FILE.csv; none of them when anything in it is wrong.

    Its first row names the columns: vendor, name, then what the vendors want to be told (address,
    port, username, password, …) and uplink. The devices are not opened first: a point may have no
    power yet. What was imported before is left alone.
    """
    size = file.stat().st_size
    if size > sheet.BYTES:
        raise SentenceError(f"{file} has {size} bytes; at most {sheet.BYTES} are read")
    content = binascii.b2a_base64(file.read_bytes(), newline=False).decode("ascii")
    question = questions.DevicesImported(table=content, dry_run=dry_run)
    _, found = asked.every(question, answers.Imported, config)
    wrong = [one for one in found if one.state == "wrong"]
    if as_json:
        for one in found:
            click.echo(asked.written(one.model_dump()))
    elif wrong:
        _mistakes(file, wrong)
    else:
        _done(found)
    if wrong:
        sys.exit(1)


def _mistakes(file: Path, wrong: list[answers.Imported]) -> None:
    for one in wrong:
        place = f"row {one.row}" if one.row else "the file"
        column = f", {one.column}" if one.column else ""
        for line in table.wrapped(f"{place}{column}: {one.sentence}", ""):
            click.echo(line, err=True)
    count = "1 mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
    click.echo(f"{count} in {file}; nothing was stored", err=True)


def _done(found: list[answers.Imported]) -> None:
    fresh = [one for one in found if one.state != "there"]
    for one in fresh:
        click.echo(table.plain(f"row {one.row}: {one.name} {_words(one)}"))
    there = len(found) - len(fresh)
    done = "would be added" if any(one.state == "good" for one in fresh) else "added"
    click.echo(f"{len(fresh)} {done}, {there} there already")


def _words(one: answers.Imported) -> str:
    return "is added" if one.state == "added" else "can be added"
