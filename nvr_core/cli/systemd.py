"""`ronda systemd install`: units for a machine that starts Ronda by itself."""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

import click

from nvr_core import settings
from nvr_core.settings import Settings
from nvr_core.wire.errors import SentenceError

CONFIG = settings.SYSTEM
USER = "ronda"
UNITS = (
    "ronda.target",
    "ronda-recorder@.service",
    "ronda-server.service",
    "ronda-analyst.service",
)
HARDENING = "ronda-.service.d/10-hardening.conf"
"""systemd reads it for every unit whose name begins with "ronda-" (systemd.unit(5))."""

RUNTIME = Path("/run/ronda")
"""What RuntimeDirectory=ronda makes."""

HOMES = tuple(Path(home) for home in ("/home", "/root", "/run/user"))
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_MARK = re.compile(r"@([A-Z_]+)@")


def quoted(path: Path, *, command: bool = False) -> str:
    """A path as systemd reads it back: quoted, its specifiers doubled (systemd.syntax(7))."""
    text = str(path)
    if any(character < " " for character in text):
        raise SentenceError(f"{text!r} holds a control character; no unit can name such a path")
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text.replace("$", "$$") if command else text}"'


def writable(folders: Iterable[Path]) -> str:
    """ReadWritePaths for these folders. One that is missing stops no program (the "-")."""
    return " ".join(f'"-{quoted(folder)[1:]}' for folder in dict.fromkeys(folders))


def marks(found: Settings, config: Path, user: str, python: Path) -> Mapping[str, str]:
    """What stands in the units for @PYTHON@, @DATA@ and so on."""
    runtime = found.runtime or RUNTIME
    touched = (python, Path(sys.base_prefix), config, found.data, found.volume, runtime)
    at_home = any(home in path.parents for home in HOMES for path in touched)
    return {
        "PYTHON": quoted(python, command=True),
        "CONFIG": quoted(config, command=True),
        "DATA": quoted(found.data, command=True),
        "VOLUME": quoted(found.volume, command=True),
        "RUNTIME": quoted(runtime, command=True),
        "WRITTEN": writable((found.data, found.volume, runtime)),
        "RUNTIME_WRITTEN": writable((runtime,)),
        "USER": user,
        "HOME": "read-only" if at_home else "yes",
    }


def units(filled: Mapping[str, str]) -> dict[str, str]:
    """Path below the unit folder → text of the file."""
    packaged = resources.files("nvr_core.cli") / "units"
    sources = {name: name for name in UNITS} | {HARDENING: "hardening.conf"}
    return {
        name: _MARK.sub(lambda mark: filled[mark[1]], (packaged / source).read_text())
        for name, source in sources.items()
    }


def closed_to(user: str, path: Path) -> Path | None:
    """The first folder on the way to a path that this user cannot pass; None when there is none."""
    try:
        uid = pwd.getpwnam(user).pw_uid
    except KeyError:
        uid = -1
    for folder in reversed(path.parents):
        found = folder.stat()
        if not found.st_mode & (0o100 if found.st_uid == uid else 0o001):
            return folder
    return None


def next_steps(found: Settings, config: Path, user: str) -> list[str]:
    """What remains to be typed as root, as far as this machine needs it."""
    steps = []
    try:
        pwd.getpwnam(user)
    except KeyError:
        steps.append(f"useradd --system --user-group --shell /usr/sbin/nologin {user}")
    own = " ".join(f"'{folder}'" for folder in dict.fromkeys((found.data, found.volume)))
    steps.append(f"install -d -m 0700 -o {user} -g {user} {own}")
    steps.append(f"chown {user} '{config}' && chmod 600 '{config}'")
    steps.append("systemctl daemon-reload")
    steps.append("systemctl enable --now ronda.target")
    return steps


@click.group("systemd")
def command() -> None:
    """Let systemd start Ronda with the machine and keep it running."""


@command.command("install")
@click.option(
    "--prefix",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/"),
    show_default=True,
    help="Write below this folder, for a package or an image.",
)
@click.option("--user", default=USER, show_default=True, help="Who runs the programs.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=CONFIG,
    show_default=True,
    help="The settings that the programs will use.",
)
def install(prefix: Path, user: str, config: Path) -> None:
    """Write the units, and say what remains to be done."""
    if not _USER.fullmatch(user):
        raise SentenceError(
            f"--user {user!r} is no user name; use small letters, digits, - and _, such as ronda"
        )
    config = config.absolute()
    found = settings.load(config)
    python = Path(sys.executable).absolute()
    folder = prefix / "etc" / "systemd" / "system"
    for name, text in units(marks(found, config, user, python)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        click.echo(f"wrote {path}")
    for needed in (python, Path(os.path.realpath(python)), Path(settings.__file__)):
        if (closed := closed_to(user, needed)) is not None:
            click.echo(
                f"\n{needed} lies in {closed}, which user {user} cannot enter: install Ronda "
                "elsewhere, such as /opt/ronda, or name another user with --user",
                err=True,
            )
            break
    click.echo("\nNext, as root:")
    for step in next_steps(found, config, user):
        click.echo(f"  {step}")
