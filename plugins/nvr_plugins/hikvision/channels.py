"""The channels of a camera, and those of a recorder, as ISAPI lists them. Pure.

Streams are numbered 101, 102, 201, …: the channel, and 1 for the large stream, 2 for the small one.
"""

from __future__ import annotations

from collections.abc import Sequence

from nvr_core.contract import Channel, Role
from nvr_core.kit.elements import Element

ROLES = {1: Role.MAIN, 2: Role.SUB}
MOST = 256
NAME = 100
"""Characters."""


def of_camera(root: Element, *, audio: bool) -> Sequence[Channel]:
    """From /ISAPI/Streaming/channels. audio: whether a person wants sound recorded."""
    roles: dict[int, set[Role]] = {}
    names: dict[int, str] = {}
    sounds: dict[int, bool] = {}
    for one in root.all("StreamingChannel"):
        number = _whole(one.value("id"))
        channel, stream = divmod(number, 100)
        if not 0 < channel <= MOST or stream not in ROLES or one.value("enabled") == "false":
            continue
        roles.setdefault(channel, set()).add(ROLES[stream])
        names.setdefault(channel, one.value("channelName")[:NAME])
        if stream == 1:
            sounds[channel] = one.value("Audio/enabled") == "true"
    return [
        Channel(
            id=str(channel),
            roles=tuple(role for role in Role if role in own),
            name=names[channel],
            audio=audio and sounds.get(channel, False),
        )
        for channel, own in sorted(roles.items())
    ]


def of_recorder(root: Element) -> Sequence[Channel]:
    """From /ISAPI/ContentMgmt/InputProxy/channels: the cameras that a recorder shows.

    Each has both streams; whether one sends the small one shows when it is asked for.
    """
    found = {}
    for one in root.all("InputProxyChannel"):
        number = _whole(one.value("id"))
        if 0 < number <= MOST:
            found[number] = one.value("name")[:NAME]
    return [
        Channel(id=str(number), roles=(Role.MAIN, Role.SUB), name=name)
        for number, name in sorted(found.items())
    ]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
