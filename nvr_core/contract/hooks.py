"""Where a plugin comes in: functions without arguments, each returning classes of one kind.

Hooks arrive with the first real plugin of their kind.
"""

from __future__ import annotations

from typing import Any

import pluggy

from nvr_core.contract.storage import StorageBackend
from nvr_core.contract.vendor import Vendor

PROJECT = "nvr"
GROUP = "nvr_core.plugins.v1"
"""The entry-point group; its number is the contract's major version."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's own functions."""


@hookspec
def nvr_register_vendors() -> list[type[Vendor[Any]]] | None:
    """Brands of cameras and recorders."""
    return None


@hookspec
def nvr_register_storage_backends() -> list[type[StorageBackend[Any]]] | None:
    """Kinds of places for footage."""
    return None
