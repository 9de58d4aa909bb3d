"""The runtime folder: in memory, for one user only, the same for all programs of a data folder."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from nvr_core.settings.model import Settings
from nvr_core.wire.errors import SentenceError

MEMORY = Path("/dev/shm")  # noqa: S108 -- made 0700, and refused when it belongs to somebody else
SOCKET_PATH = 107
"""Bytes of the longest path of a Unix socket (unix(7): sun_path with its ending zero)."""
LONGEST_NAME = len("/analyst.sock")


class RuntimeFault(SentenceError):
    """There is no folder that programs can safely meet in."""


def runtime_path(
    settings: Settings,
    environment: Mapping[str, str] = os.environ,
    memory: Path = MEMORY,
    user: int | None = None,
) -> Path:
    """Where the folder is, or would be made. Raises RuntimeFault.

    user: whose, by the uid; None: our own.
    In this order: what ronda.toml says; what systemd gave; a folder in memory named after the
    user and the data folder; `runtime` in the data folder.
    """
    if settings.runtime is not None:
        folder = settings.runtime
    elif given := environment.get("RUNTIME_DIRECTORY", ""):
        folder = Path(given.partition(":")[0])
    elif os.access(memory, os.W_OK | os.X_OK):
        real = os.fsencode(settings.data.resolve())
        digest = hashlib.sha256(real).hexdigest()[:8]
        folder = memory / f"ronda-{os.getuid() if user is None else user}-{digest}"
    else:
        folder = settings.data / "runtime"
    if len(os.fsencode(folder)) + LONGEST_NAME > SOCKET_PATH:
        raise RuntimeFault(
            f"{folder} is too long a path for a socket ({SOCKET_PATH - LONGEST_NAME} bytes at "
            "most); name a shorter one in ronda.toml, field runtime"
        )
    return folder


def runtime_folder(
    settings: Settings, environment: Mapping[str, str] = os.environ, memory: Path = MEMORY
) -> Path:
    """Find our own folder and make it, 0700. Raises RuntimeFault, OSError."""
    folder = runtime_path(settings, environment, memory)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise RuntimeFault(
            f"{folder} is not a folder of our own user {os.getuid()}, so another user could "
            "listen there; remove it, or name another in ronda.toml, field runtime"
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder
