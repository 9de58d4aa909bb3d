"""`ronda camera`: the cameras, what is kept of each, what is missing now; and which there are."""

from __future__ import annotations

from pathlib import Path

import click

from nvr_core.admin import answers, questions
from nvr_core.cli import asked, table
from nvr_core.cli.asked import Answered
from nvr_core.kit import sizes


@click.group("camera")
def command() -> None:
    """Tell of cameras: kept, covered, missing now. Add, rename and remove them."""


@command.command("list")
@asked.config_option
@asked.json_option
def listed(config: Path | None, as_json: bool) -> None:
    """List the cameras that are watched."""
    question = questions.Cameras()
    if as_json:
        asked.as_lines(question, answers.Camera, config)
        return
    answered, found = asked.every(question, answers.Camera, config)
    if not found:
        click.echo("no camera is watched yet; add one with: ronda device add")
        return
    rows = [_row(answered, camera) for camera in found]
    lines = table.table(("camera", "last 24 h", "kept", "oldest"), rows, right=" >>")
    click.echo(lines[0])
    for camera, line in zip(found, lines[1:], strict=True):
        click.echo(line)
        click.echo(f"{table.INDENT}{camera.camera}  {_names(camera)}")
        for stream in camera.streams:
            for said in _open(answered, stream):
                click.echo(said)


@command.command("show")
@click.argument("camera", metavar="NAME|ID")
@asked.config_option
@asked.json_option
def shown(camera: str, config: Path | None, as_json: bool) -> None:
    """Tell of one camera, stream by stream."""
    question = questions.Cameras(camera=camera)
    if as_json:
        asked.as_lines(question, answers.Camera, config)
        return
    answered, found = asked.every(question, answers.Camera, config)
    for one in found:
        pairs = [("id", one.camera)]
        if one.removed_at is not None:
            pairs.append(("removed", answered.time(one.removed_at)))
        click.echo(table.plain(one.name))
        click.echo("\n".join(table.fields(pairs)))
        for stream in one.streams:
            click.echo(f"\n{stream.stream}")
            click.echo("\n".join(table.fields(_fields(answered, stream))))
            for said in _open(answered, stream):
                click.echo(said)
        if not one.streams:
            click.echo("nothing was recorded of it yet")


@command.command("add")
@click.argument("device", metavar="DEVICE")
@click.argument("channel")
@click.argument("name", required=False, default="")
@asked.config_option
@asked.json_option
def added(device: str, channel: str, name: str, config: Path | None, as_json: bool) -> None:
    """Watch a CHANNEL of a DEVICE that nobody watches; `ronda device show` lists them."""
    _told(questions.CameraAdded(device=device, channel=channel, camera=name), config, as_json)


@command.command("rename")
@click.argument("camera", metavar="NAME|ID")
@click.argument("name", metavar="NEW-NAME")
@asked.config_option
@asked.json_option
def renamed(camera: str, name: str, config: Path | None, as_json: bool) -> None:
    """Call a camera by another name. Its footage stays with it."""
    _told(questions.CameraRenamed(camera=camera, to=name), config, as_json)


@command.command("remove")
@click.argument("camera", metavar="NAME|ID")
@asked.config_option
@asked.json_option
def removed(camera: str, config: Path | None, as_json: bool) -> None:
    """Record a camera no more. What was recorded of it stays, until it is too old."""
    question = questions.CameraRemoved(camera=camera)
    if as_json:
        asked.as_lines(question, answers.Removed, config)
        return
    _, found = asked.every(question, answers.Removed, config)
    for one in found:
        click.echo(f"{table.plain(one.name)} is no longer recorded; its footage stays")


def _told(question: questions.Question, config: Path | None, as_json: bool) -> None:
    if as_json:
        asked.as_lines(question, answers.Camera, config)
        return
    _, found = asked.every(question, answers.Camera, config)
    for one in found:
        click.echo(f"{table.plain(one.name)}  {one.camera}")


def _row(answered: Answered, camera: answers.Camera) -> tuple[str, ...]:
    wanted = sum(one.wanted for one in camera.streams)
    oldest = min((one.oldest for one in camera.streams if one.oldest is not None), default=None)
    return (
        camera.name,
        table.percent(sum(one.recorded for one in camera.streams), wanted),
        sizes.spoken(sum(one.bytes for one in camera.streams)),
        "-" if oldest is None else answered.time(oldest),
    )


def _names(camera: answers.Camera) -> str:
    return ", ".join(one.stream for one in camera.streams) or "nothing recorded yet"


def _fields(answered: Answered, stream: answers.Stream) -> list[tuple[str, str]]:
    covered = table.percent(stream.recorded, stream.wanted)
    if stream.wanted:
        covered += f", {table.length(stream.wanted - stream.recorded)} missing"
    return [
        ("kept", sizes.spoken(stream.bytes)),
        ("oldest", "-" if stream.oldest is None else answered.time(stream.oldest)),
        ("last 24 h", covered),
    ]


def _open(answered: Answered, stream: answers.Stream) -> list[str]:
    gap = stream.open
    if gap is None:
        return []
    what = "pause" if gap.pause else "gap"
    since = f"{stream.stream}: {what} since {answered.time(gap.began)}, {gap.cause}"
    return table.wrapped(f"{since}: {gap.sentence}" if gap.sentence else since)
