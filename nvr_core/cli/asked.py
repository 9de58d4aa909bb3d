"""A question of a command, answered by the running server, else from the catalogue itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

import nvr_core
from nvr_core import admin, settings
from nvr_core.admin import asking
from nvr_core.admin.answers import Head, Progress, Said
from nvr_core.admin.asking import NoServer
from nvr_core.admin.questions import Hello, Question, Rebuild
from nvr_core.cli import moments, table
from nvr_core.cli.service import Service
from nvr_core.cli.terminal import Terminal
from nvr_core.clock import SystemClock
from nvr_core.settings import Settings
from nvr_core.wire.errors import SentenceError

A = TypeVar("A", bound=Said)

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The settings: ronda.toml here, else /etc/ronda/ronda.toml.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line; times in UTC microseconds."
)


class NotOurs(SentenceError):
    """Another user's office."""


class Answered:
    """Who answered; it shows times in the office's zone."""

    def __init__(self, head: Head) -> None:
        self.now = head.now
        self.zone = ZoneInfo(head.zone)

    def time(self, wall: int) -> str:
        return moments.shown(wall, self.zone)


Show = Callable[[Answered, A], None]


def each(question: Question, kind: type[A], config: Path | None, show: Show[A]) -> Answered:
    """Show each line of the answer as it comes. kind: what a line is.

    Raises SentenceError: NotOurs, NotAnswered and what is wrong with the settings.
    """
    path = (config or settings.find()).absolute()
    found = settings.load(path)
    service = Service.of(found, path)
    if not service.within_reach:
        raise NotOurs(
            f"{found.data} belongs to {service.user}; ask as that user, or as root: "
            f"sudo -u {service.user} ronda …"
        )
    with service.acting():
        return asyncio.run(_each(question, kind, found, service, show))


def every(question: Question, kind: type[A], config: Path | None) -> tuple[Answered, list[A]]:
    """The whole answer."""
    found: list[A] = []
    return each(question, kind, config, lambda _, said: found.append(said)), found


def as_lines(question: Question, kind: type[A], config: Path | None) -> None:
    """Print the answer for programs."""
    each(question, kind, config, lambda _, said: click.echo(written(said.model_dump())))


def written(said: object) -> str:
    """As JSON, on one line."""
    return json.dumps(said, ensure_ascii=False)


def times(texts: Sequence[str], config: Path | None) -> list[int]:
    """UTC in µs of each: those that do not say in which zone are of the office's.

    Nobody is asked when all of them say it. Raises SentenceError.
    """
    zone = None
    if any(map(moments.lacks_zone, texts)):
        zone = each(Hello(), Said, config, lambda _, said: None).zone
    return [moments.parse(text, zone) for text in texts]


async def _each(
    question: Question, kind: type[A], found: Settings, service: Service, show: Show[A]
) -> Answered:
    answered: Answered | None = None
    terminal = Terminal()
    try:
        async with aclosing(_answer(question, found, service)) as answer:
            async for said in answer:
                terminal.status(_progress(said) if isinstance(said, Progress) else "")
                if isinstance(said, Head):
                    answered = Answered(said)
                elif answered is not None and isinstance(said, kind):
                    show(answered, said)
    finally:
        terminal.status("")
    if answered is None:
        raise SentenceError("the server answered nothing; ask again")
    return answered


async def _answer(
    question: Question, found: Settings, service: Service
) -> AsyncGenerator[Said, None]:
    path = service.runtime / admin.NAME
    try:
        async with aclosing(asking.answers(path, question, user=service.uid)) as answer:
            async for said in answer:
                yield said
        return
    except NoServer:
        pass
    # SQLAlchemy and the services are loaded only where no server has them.
    from nvr_core.admin import register
    from nvr_core.admin.alone import alone
    from nvr_core.app import ZONE, chosen_plugins

    anew = isinstance(question, Rebuild)
    version = nvr_core.__version__
    loading = chosen_plugins(found)
    async with alone(found.data, SystemClock(), ZONE, version, loading, anew=anew) as office:
        if question.changes:
            click.echo("no server runs: the catalogue is changed for the next one", err=True)
        elif not anew and not isinstance(question, Hello):
            click.echo("no server runs: this is what the catalogue held when it ended", err=True)
        yield register.head(office)
        async with aclosing(register.answered(office, question)) as answer:
            async for said in answer:
                yield said


def _progress(said: Progress) -> str:
    of = f" of {said.of}" if said.of is not None else ""
    return f"{said.done}{of}: {table.plain(said.sentence)}"
