"""Hikvision and what is made by it under other names: HiLook, Annke, many recorders."""

from __future__ import annotations

from nvr_core.contract import hookimpl
from nvr_plugins.hikvision.vendor import HikvisionVendor


@hookimpl
def nvr_register_vendors() -> list[type[HikvisionVendor]]:
    return [HikvisionVendor]
