"""The kinds of things that plugins provide: their hook, their base class, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from nvr_core.contract import StorageBackend, Vendor


class Kind(StrEnum):
    """What a provider provides. Names are unique within a kind."""

    VENDOR = "vendor"
    STORAGE = "storage"


BASES: Mapping[Kind, type] = MappingProxyType({Kind.VENDOR: Vendor, Kind.STORAGE: StorageBackend})
HOOKS: Mapping[str, Kind] = MappingProxyType(
    {"nvr_register_vendors": Kind.VENDOR, "nvr_register_storage_backends": Kind.STORAGE}
)
"""Hook → the kind that it registers."""
