"""Which keys a folder can hold: names that lead nowhere but into it."""

from __future__ import annotations

from nvr_core.contract import KeyRefused, Text

NAME_BYTES = 255
"""NAME_MAX of Linux file systems."""
KEY_BYTES = 1024


def names(key: str) -> list[str]:
    """The folders and the file of a key, outermost first. Raises KeyRefused.

    Names that begin with a dot are ours: half-written files lie under one.
    """
    found = key.split("/")
    try:
        sizes = [len(name.encode()) for name in found]
    except UnicodeEncodeError:
        sizes = [0]
    if (
        not all(0 < size <= NAME_BYTES for size in sizes)
        or sum(sizes) > KEY_BYTES
        or any(name.startswith(".") or not name.isprintable() for name in found)
    ):
        raise KeyRefused(Text("A folder cannot hold the key {key}.", key=ascii(key[:80])))
    return found
