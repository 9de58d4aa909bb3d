"""What is known of one plugin: where it comes from, what it provides, or why it does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nvr_core.contract import Provider, Text
from nvr_core.host.kinds import Kind


class PluginState(StrEnum):
    """Whether a plugin takes part."""

    LOADED = "loaded"
    FAILED = "failed"
    BLOCKED = "blocked"
    """Named in ronda.toml, under [plugins] blocked."""
    LEFT_OUT = "left-out"
    """Not bundled, and Ronda was started with --safe."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who made a plugin, as its distribution says; "" for what it does not say."""

    distribution: str = ""
    version: str = ""
    author: str = ""
    home_page: str = ""
    file: str = ""
    """Path of a one-file plugin."""
    bundled: bool = False

    def __str__(self) -> str:
        return self.file or f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True, kw_only=True)
class Provided:
    """One provider that instances can be made of."""

    kind: Kind
    name: str
    provider: Provider[Any, Any]
    plugin: str
    """Name of the plugin that it comes from."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One plugin after loading, for the plugin page."""

    name: str
    origin: Origin
    state: PluginState
    provides: tuple[Provided, ...] = ()
    package: str = ""
    """Its importable package, in which `locale/` lies; "" for a one-file plugin."""
    sentence: Text | None = None
    """Why it does not take part, None when it does."""
    traceback: str = ""
    """What it raised while it was loaded."""
