"""Any camera whose address is known: RTSP, HLS and everything else that a recorder can open."""

from __future__ import annotations

from nvr_core.contract import hookimpl
from nvr_plugins.rtsp.vendor import RtspVendor


@hookimpl
def nvr_register_vendors() -> list[type[RtspVendor]]:
    return [RtspVendor]
