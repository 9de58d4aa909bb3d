"""What makes a folder a volume of this installation, and how its absence is noticed."""

from __future__ import annotations

import json
from pathlib import Path

from nvr_core.wire import durable
from nvr_core.wire.errors import SentenceError

NAME = "volume.json"
OPEN = "open"
"""Folder with an empty file, a marker, for each segment that is not told as closed, or lost."""


class VolumeFault(SentenceError, ValueError):
    """The folder is not a volume of this installation, and cannot be made one."""


def marker_name(key: str) -> str:
    """The name under `open/` that stands for the segment with this key (path below the root)."""
    return key.replace("/", "~")


def key_of_marker(name: str) -> str:
    """The key that a marker's name stands for."""
    return name.replace("~", "/")


def prepare(root: Path, installation: str) -> None:
    """Make the folder a volume of this installation, durable on return.

    Raises VolumeFault for a foreign one. Only whoever adds a volume calls this: a recorder that
    made missing volumes by itself would fill the system disk under an unmounted one.
    """
    root.mkdir(parents=True, exist_ok=True)
    path = root / NAME
    if path.exists():
        trouble = check(root, installation)
        if trouble:
            raise VolumeFault(trouble)
        return
    durable.write(path, {"installation": installation})


def check(root: Path, installation: str) -> str:
    """Empty when the folder is a volume of this installation, else a sentence that says why not."""
    try:
        owner = _owner(root)
    except FileNotFoundError:
        return (
            f"{root} holds no {NAME}: the disk is not mounted, or it is a new one; mount it, or "
            "restart the server, which makes a volume of a new one or says why not"
        )
    except (OSError, ValueError) as error:
        return f"{root / NAME} cannot be read ({error}); check the disk"
    return "" if owner == installation else _foreign(root, owner)


def foreign(root: Path, installation: str) -> str:
    """A sentence when the folder is the volume of another installation; empty also while it
    cannot be read, as a disk that is not there."""
    try:
        owner = _owner(root)
    except (OSError, ValueError):
        return ""
    return "" if owner == installation else _foreign(root, owner)


def _owner(root: Path) -> object:
    content = json.loads((root / NAME).read_bytes()[:65536])
    return content.get("installation") if isinstance(content, dict) else None


def _foreign(root: Path, owner: object) -> str:
    return (
        f"{root} belongs to another installation ({owner}); name another folder in ronda.toml, "
        "[storage], field folder, or make it ours: write the id that stands in installation.json "
        f"in the data folder into {root / NAME}, and what lies there stays and is not shown"
    )
