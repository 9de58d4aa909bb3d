"""Where simulated devices stand: every test worker has streets of its own."""

from __future__ import annotations

import os

import pytest

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def street(number: int) -> str:
    """The first three numbers of its addresses on loopback. number: below 10."""
    return f"127.0.{100 + 10 * _WORKER + number}"


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches listen a short while: devices on this machine answer at once."""
    monkeypatch.setattr("nvr_core.discovery.service.SCAN", 2.5)
    monkeypatch.setattr("nvr_core.discovery.service.PROBE", 2.0)
    monkeypatch.setattr("nvr_plugins.hikvision.sadp.LISTENING", 1.0)
