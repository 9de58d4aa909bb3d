"""A small file that is old or new after a power cut, never half."""

from __future__ import annotations

import json
import os
from pathlib import Path


def write(path: Path, content: object) -> None:
    """Replace a JSON file; durable on return. Raises OSError."""
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    replace(path, (text + "\n").encode(), mode=0o644)


def replace(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file by one with these bytes; durable on return. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with open(os.open(fresh, flags, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
