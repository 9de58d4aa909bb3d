"""Where a program may be killed while it opens the catalogue: names for tests to stop at."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str], None]
"""Called with a name before and after everything that changes a file."""


def onward(_name: str) -> None:
    """What the product does at each step: nothing."""
