"""Cameras and recorders of Acme, for Ronda."""

from __future__ import annotations

from nvr_acme.vendor import AcmeVendor
from nvr_core.contract import hookimpl


@hookimpl
def nvr_register_vendors() -> list[type[AcmeVendor]]:
    return [AcmeVendor]
