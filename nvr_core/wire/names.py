"""Texts that become paths: what may stand in them, so that nothing is written beside its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Form:
    """What a text must look like, beyond being text."""

    fits: Callable[[str], bool]
    right: str
    """What would be right, for the sentence about a wrong one."""


def is_part(text: str) -> bool:
    """It names one thing in a folder, and is no `~`: that stands for `/` in names of markers."""
    return _PART.fullmatch(text) is not None


def is_root(text: str) -> bool:
    """It is the one way to write this folder, or empty for none.

    Two ways would be two volumes with one disk. Links are not followed: the disk may be away.
    """
    if not text:
        return True
    one_slash = text.startswith("/") and not text.startswith("//")  # POSIX lets // stand
    return one_slash and "\0" not in text and os.path.normpath(text) == text


PathPart = Annotated[
    str,
    Form(is_part, "a name of 1 to 64 letters, digits, dots, - and _, a letter or digit first"),
]
"""One name in a path, such as the id of a camera."""

Root = Annotated[
    str, Form(is_root, "the absolute path of a folder, without .., . and a slash too many")
]
"""Root folder of a volume, or empty."""
