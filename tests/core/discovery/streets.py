"""Where simulated devices stand: every test worker has streets of its own."""

from __future__ import annotations

import os

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def street(number: int) -> str:
    """The first three numbers of its addresses on loopback. number: below 10."""
    return f"127.0.{100 + 10 * _WORKER + number}"
