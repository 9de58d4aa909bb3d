"""`ronda device`: the boxes that cameras hang on: added, listed, removed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, importing, table
from nvr_core.cli.asked import Answered
from nvr_core.wire.errors import SentenceError

Command = Callable[..., None]
NONE = (
    "no device is here yet; add one, such as: ronda device add rtsp Gerbang "
    "--set main=rtsp://10.0.0.7/1"
)


def _settings(command: Command) -> Command:
    """The options by which a device's settings are told."""
    for option in (
        click.option("--unchecked", is_flag=True, help="Store it without opening it first."),
        click.option(
            "--secret", "secrets", metavar="OPTION", multiple=True, help="Ask for this one too."
        ),
        click.option(
            "--password", is_flag=True, help="Ask for its password; from a pipe, read a line."
        ),
        click.option(
            "--set", "said", metavar="OPTION=VALUE", multiple=True, help="A setting of it."
        ),
    ):
        command = option(command)
    return command


@click.group("device")
def command() -> None:
    """Add, list, change and remove devices: cameras and recorders of cameras."""


command.add_command(importing.command)


@command.command("list")
@asked.config_option
@asked.json_option
def listed(config: Path | None, as_json: bool) -> None:
    """List the devices, and how each of them is."""
    question = questions.Devices()
    if as_json:
        asked.as_lines(question, answers.Device, config)
        return
    answered, found = asked.every(question, answers.Device, config)
    if not found:
        click.echo(NONE)
        return
    rows = [(one.name, one.provider, one.state, _cameras(one)) for one in found]
    lines = table.table(("device", "vendor", "state", "cameras"), rows)
    click.echo(lines[0])
    for one, line in zip(found, lines[1:], strict=True):
        click.echo(line)
        for said in _why(answered, one):
            click.echo(said)


@command.command("show")
@click.argument("device", metavar="NAME|ID")
@asked.config_option
@asked.json_option
def shown(device: str, config: Path | None, as_json: bool) -> None:
    """Tell of one device: its settings without secrets, its channels, and how it is."""
    question = questions.Devices(device=device)
    if as_json:
        asked.as_lines(question, answers.Device, config)
        return
    answered, found = asked.every(question, answers.Device, config)
    for one in found:
        _show(answered, one)


@command.command("add")
@click.argument("vendor")
@click.argument("name")
@_settings
@click.option("--uplink", default="", help="What it shares with others on the way here.")
@asked.config_option
@asked.json_option
def add(
    vendor: str,
    name: str,
    said: tuple[str, ...],
    password: bool,
    secrets: tuple[str, ...],
    uplink: str,
    unchecked: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Add a device by the plugin VENDOR, under NAME, and watch its channels.

    It is opened once before it is stored. What it needs to be told is said by its plugin: an
    option that is missing or wrong is named. `ronda plugins` lists the vendors.
    """
    question = questions.DeviceAdded(
        provider=vendor,
        device=name,
        options=_options(said, password, secrets),
        uplink=uplink,
        unchecked=unchecked,
    )
    if as_json:
        asked.as_lines(question, answers.Device, config)
        return
    answered, found = asked.every(question, answers.Device, config)
    for one in found:
        _show(answered, one)


@command.command("set")
@click.argument("device", metavar="NAME|ID")
@_settings
@click.option("--uplink", help="What it shares with others on the way here.")
@click.option("--name", "to", default="", help="Call it so. Its cameras keep their names.")
@asked.config_option
@asked.json_option
def change(
    device: str,
    said: tuple[str, ...],
    password: bool,
    secrets: tuple[str, ...],
    uplink: str | None,
    to: str,
    unchecked: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Change a device: its password, its address. Its cameras and their footage stay."""
    question = questions.DeviceChanged(
        device=device,
        options=_options(said, password, secrets),
        to=to,
        uplink=uplink,
        unchecked=unchecked,
    )
    if as_json:
        asked.as_lines(question, answers.Device, config)
        return
    answered, found = asked.every(question, answers.Device, config)
    for one in found:
        _show(answered, one)


@command.command("remove")
@click.argument("device", metavar="NAME|ID")
@click.option("--with-cameras", is_flag=True, help="Its cameras too; their footage stays.")
@asked.config_option
@asked.json_option
def removed(device: str, with_cameras: bool, config: Path | None, as_json: bool) -> None:
    """Forget a device. What was recorded of its cameras stays, until it is too old."""
    question = questions.DeviceRemoved(device=device, cameras=with_cameras)
    if as_json:
        asked.as_lines(question, answers.Removed, config)
        return
    _, found = asked.every(question, answers.Removed, config)
    for one in found:
        cameras = f"; no longer recorded: {', '.join(one.cameras)}" if one.cameras else ""
        click.echo(f"{table.plain(one.name)} is removed{table.plain(cameras)}")


def _options(said: tuple[str, ...], password: bool, secrets: tuple[str, ...]) -> dict[str, str]:
    """What was written, and what is asked for without showing it."""
    asked_for = (*(["password"] if password else []), *secrets)
    options = dict(_option(one, asked_for) for one in said)
    return options | {name: _secret(name) for name in asked_for}


def _option(text: str, secrets: tuple[str, ...]) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise SentenceError(f"--set {text.split('=')[0]!r} says no value; write OPTION=VALUE")
    if name.rpartition(".")[2] == "password" or name in secrets:
        raise SentenceError(
            f"--set {name}: a secret on a command line can be read by every user of this machine; "
            "write --password, or --secret OPTION, and it is asked for"
        )
    return name, value


def _secret(name: str) -> str:
    if sys.stdin.isatty():
        said: str = click.prompt(name, hide_input=True, default="", show_default=False)
        return said
    return sys.stdin.readline().rstrip("\r\n")


def _cameras(one: answers.Device) -> str:
    return ", ".join(channel.camera for channel in one.channels if channel.camera) or "-"


def _why(answered: Answered, one: answers.Device) -> list[str]:
    if not one.sentence:
        return []
    again = f" (again at {answered.time(one.again_at)})" if one.again_at is not None else ""
    return table.wrapped(one.sentence + again)


def _show(answered: Answered, one: answers.Device) -> None:
    pairs = [("id", one.device), ("vendor", one.provider), ("state", one.state)]
    if one.since is not None:
        pairs.append(("since", answered.time(one.since)))
    pairs.append(("uplink", one.uplink or "-"))
    pairs.append(("written in", "ronda.toml" if one.origin == "file" else "the catalogue"))
    said = " ".join(filter(None, (one.manufacturer, one.model, one.firmware)))
    pairs += [("says it is", said)] if said else []
    pairs += [(kind, value) for kind, value in one.identities]
    pairs += [(f"  {name}", _plainly(value)) for name, value in one.settings.items()]
    click.echo(table.plain(one.name))
    click.echo("\n".join(table.fields(pairs)))
    for said in _why(answered, one):
        click.echo(said)
    for channel in one.channels:
        watched = f"watched as {channel.camera}" if channel.camera else "not watched"
        click.echo(table.plain(f"channel {channel.channel} ({channel.name}): {watched}"))
    if not one.channels:
        click.echo("its channels are not known yet: it has not answered")


def _plainly(value: object) -> str:
    return asked.written(value) if not isinstance(value, str) else value or "-"
