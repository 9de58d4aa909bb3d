"""The id of this installation: all its volumes carry it, so that a foreign disk is noticed."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.ids import new_id

NAME = "installation.json"


class InstallationFault(SentenceError):
    """The file is there but names no installation."""


def installation_id(data: Path, clock: Clock) -> str:
    """The id of the data folder, made by whichever program comes first.

    Programs that start at the same moment all get the same one: the file appears whole, and only
    once. Raises InstallationFault, OSError.
    """
    path = data / NAME
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    data.mkdir(parents=True, exist_ok=True)
    fresh = data / f".{NAME}.{os.getpid()}"
    with fresh.open("w") as file:
        file.write(json.dumps({"installation": new_id(clock)}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link is made only where nothing stands (link(2)): the first one counts.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
    _sync_folder(data)
    return _read(path)


def _read(path: Path) -> str:
    try:
        said = json.loads(path.read_bytes()[:4096])
        return str(said["installation"])
    except (ValueError, KeyError, TypeError) as error:
        raise InstallationFault(
            f"{path} is damaged ({error}); put back a copy, or write the id that stands in the "
            "volume's volume.json into it"
        ) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
