"""ronda.toml: read once at a program's start, with a sentence for every mistake."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from nvr_core.settings import mistakes
from nvr_core.settings.address import Address
from nvr_core.settings.model import Camera, Plugins, Server, Settings, Storage
from nvr_core.settings.runtime import RuntimeFault, runtime_folder, runtime_path
from nvr_core.wire.errors import SentenceError

__all__ = [
    "Address",
    "Camera",
    "Plugins",
    "RuntimeFault",
    "Server",
    "Settings",
    "SettingsError",
    "Storage",
    "find",
    "load",
    "parse",
    "runtime_folder",
    "runtime_path",
]

NAME = "ronda.toml"
SYSTEM = Path("/etc/ronda") / NAME
FILE_BYTES = 1 << 20


class SettingsError(SentenceError):
    """ronda.toml cannot be used; the text names every mistake."""


def find() -> Path:
    """ronda.toml in this folder, else the system's. Raises SettingsError when there is none."""
    for path in (Path(NAME), SYSTEM):
        if path.exists():
            return path
    raise SettingsError(
        f"there is no {NAME} in this folder, nor {SYSTEM}; write one (docs/guide shows how), name "
        "one with --config, or look at Ronda first with: ronda demo"
    )


def load(path: Path | None) -> Settings:
    """The settings in a file, or in the one that `find` finds. Raises SettingsError."""
    path = path or find()
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > FILE_BYTES:
        raise SettingsError(f"{path} is larger than {FILE_BYTES >> 20} MiB; it is no {NAME}")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}, line {line}: not UTF-8; save it as UTF-8") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """The settings in a text; `path` is where it stands. Raises SettingsError."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    try:
        return Settings.model_validate(table, context={"folder": path.absolute().parent})
    except ValidationError as error:
        found = mistakes.sentences(error, Settings)
        raise SettingsError(mistakes.summary(path, found)) from None
