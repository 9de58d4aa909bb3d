"""Footage on a disk of this machine, recorded in place."""

from __future__ import annotations

from nvr_core.contract import hookimpl
from nvr_plugins.local_disk.backend import LocalDiskBackend


@hookimpl
def nvr_register_storage_backends() -> list[type[LocalDiskBackend]]:
    return [LocalDiskBackend]
