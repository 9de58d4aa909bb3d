"""Cameras of ronda.toml as the catalogue holds them: devices of the plugin `rtsp`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nvr_core.settings import Camera
from nvr_core.state.filed import Entry

PROVIDER = "rtsp"
CHANNEL = "1"
"""The one channel of a device that is known by its addresses."""
NEVER: Mapping[str, Any] = {"version": 1, "keep": "never"}
"""`keep = false` as the scheduling service stores it."""


def entry(camera: Camera, camera_id: str) -> Entry:
    """Pure: what is to be stored of a camera of the file."""
    login = camera.login
    config = {
        "main": camera.main.url,
        "sub": camera.sub.url if camera.sub else "",
        "username": login.user if login else "",
        "transport": camera.transport,
        "audio": camera.audio,
        "verify_tls": camera.verify_tls,
    }
    return Entry(
        camera=camera_id,
        name=camera.name,
        config=config,
        secrets={"password": login.password} if login and login.password else {},
        uplink=camera.uplink,
        provider=PROVIDER,
        channel=CHANNEL,
        rules=None if camera.keep else NEVER,
    )
