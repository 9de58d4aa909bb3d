"""What makes a folder a volume of this installation, and how its absence is noticed."""

from __future__ import annotations

import json
from pathlib import Path

NAME = "volume.json"


def prepare(root: Path, installation: str) -> None:
    """Make the folder a volume of this installation. Raises ValueError for a foreign one.

    Only whoever adds a volume calls this: a recorder that made missing volumes by itself would
    fill the system disk under an unmounted one.
    """
    root.mkdir(parents=True, exist_ok=True)
    path = root / NAME
    if path.exists():
        trouble = check(root, installation)
        if trouble:
            raise ValueError(trouble)
        return
    path.write_text(json.dumps({"installation": installation}) + "\n")


def check(root: Path, installation: str) -> str:
    """Empty when the folder is a volume of this installation, else a sentence that says why not."""
    try:
        content = json.loads((root / NAME).read_bytes()[:65536])
    except FileNotFoundError:
        return (
            f"{root} holds no {NAME}: the disk is not mounted, or it is not a volume yet; "
            "mount it, or add it as a volume"
        )
    except (OSError, ValueError) as error:
        return f"{root / NAME} cannot be read ({error}); check the disk"
    owner = content.get("installation") if isinstance(content, dict) else None
    if owner != installation:
        return (
            f"{root} belongs to another installation ({owner}); adopt it or choose another folder"
        )
    return ""
