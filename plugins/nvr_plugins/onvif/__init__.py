"""Every camera and recorder that speaks ONVIF, whatever its brand."""

from __future__ import annotations

from nvr_core.contract import hookimpl
from nvr_plugins.onvif.vendor import OnvifVendor


@hookimpl
def nvr_register_vendors() -> list[type[OnvifVendor]]:
    return [OnvifVendor]
