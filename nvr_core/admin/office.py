"""What every answer is made of: the open catalogue, the time, and the services that there are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from nvr_core.admin.answers import Progress, Said
from nvr_core.clock import Clock
from nvr_core.devices.service import Devices
from nvr_core.discovery.service import Discovery
from nvr_core.state.catalogue import State
from nvr_core.storage.service import Storage


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """The same whether a server runs or a command works by itself."""

    state: State
    clock: Clock
    zone: ZoneInfo
    version: str
    storage: Storage | None
    """None when nobody knows whose volumes these are."""
    devices: Devices
    """What is changed here is taken over at once where a server runs, else at its start."""
    discovery: Discovery
    follows: bool
    """Whether others write the catalogue meanwhile, so that waiting for news makes sense."""
    by: str = ""
    """Who asks: local: with the number of a user."""


Answer = Callable[[Office, Any], AsyncGenerator[Said | Progress, None]]
"""Answers one kind of question, line by line. What it refuses is a SentenceError."""
