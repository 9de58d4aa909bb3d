"""Cameras of a ronda.toml as the devices service tells of them once their plugin has spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from nvr_core.clock import Clock
from nvr_core.devices.entering import NEVER
from nvr_core.devices.ids import ids_of
from nvr_core.devices.service import Watched
from nvr_core.scheduling import ALWAYS, Keep, keep, restored
from nvr_core.settings import Camera, Settings
from nvr_core.wire.wants import Source

ZONE = ZoneInfo("Asia/Jakarta")


class Written:
    """Satisfies recording's Cameras without a plugin in the way."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        names = [one.name for one in settings.camera]
        ids = ids_of(names, settings.data / "cameras.json", clock)
        self.cameras: list[Watched] = [told(one, ids[one.name]) for one in settings.camera]
        self.asked: list[str] = []
        """Cameras whose source a recorder wished to be another."""

    def watched(self) -> Sequence[Watched]:
        return self.cameras

    def needed(self, camera: str) -> None:
        self.asked.append(camera)


def told(camera: Camera, camera_id: str) -> Watched:
    """What the plugin `rtsp` makes of it."""
    addresses = {"main": camera.main, "sub": camera.sub}
    return Watched(
        camera=camera_id,
        name=camera.name,
        uplink=camera.uplink,
        rules=None if camera.keep else NEVER,
        streams={
            role: Source(
                url=address.url,
                login=camera.login,
                transport=camera.transport,
                verify_tls=camera.verify_tls,
            )
            for role, address in addresses.items()
            if address is not None
        },
        audio=camera.audio,
    )


def hours(rules: Mapping[str, object] | None, now: int) -> Keep:
    """When it is kept, in WIB."""
    return keep(ALWAYS if rules is None else restored(rules), ZONE, now)
