"""Pure: what to call the channels of a new device, and the cameras that they are watched as."""

from __future__ import annotations

from nvr_core.contract import Channel, DeviceDetails
from nvr_core.state.register import NewChannel

NAME = 60
"""Characters that a device's word takes in a name."""


def channels_of(device: str, found: DeviceDetails) -> list[NewChannel]:
    """Every channel, in the device's order. device: what people call it."""
    alone = len(found.channels) == 1
    return [
        NewChannel(
            key=channel.id,
            name=_own_name(channel) or f"{place}",
            camera=device if alone else f"{device} {_own_name(channel) or place}",
        )
        for place, channel in enumerate(found.channels, 1)
    ]


def _own_name(channel: Channel) -> str:
    """What the device calls it, as far as it can be a name here."""
    said = "".join(one if one.isprintable() else " " for one in channel.name)
    return " ".join(said.split())[:NAME].strip()
