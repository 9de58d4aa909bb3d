"""Where a device's streams are: asked of its plugin, and known until it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nvr_core.clock import SECOND
from nvr_core.contract import Channel, Device, DeviceDetails, StreamSource, Unsupported
from nvr_core.state.devices import MARKS, TOLD_LENGTH, Told
from nvr_core.wire.wants import Login, Source

SOONEST = 5 * SECOND
"""µs before a source expires at which it is asked for anew, at least."""
LATEST = 60 * SECOND
"""The same, at most; between them a fifth of the time that it is good for."""


@dataclass(frozen=True, kw_only=True)
class Streams:
    """What a plugin said of one channel."""

    sources: Mapping[str, Source]
    """By role: main, sub."""
    audio: bool = False


async def details(device: Device) -> DeviceDetails:
    """What it is; for `Supervisor.call`, which awaits what it is given."""
    return device.info


def told_by(found: DeviceDetails) -> Told:
    """Pure: what a device says of itself, as it is stored."""
    marks = sorted((one.kind.value, one.value[:TOLD_LENGTH]) for one in found.identities)
    return Told(
        manufacturer=found.manufacturer[:TOLD_LENGTH],
        model=found.model[:TOLD_LENGTH],
        firmware=found.firmware[:TOLD_LENGTH],
        marks=frozenset(marks[:MARKS]),
    )


async def asked(device: Device, channel: Channel) -> Streams:
    """Every stream of a channel. Raises what the plugin raises."""
    found: dict[str, Source] = {}
    for role in channel.roles:
        try:
            found[role.value] = told(await device.stream_source(channel.id, role))
        except Unsupported:
            continue
    return Streams(sources=MappingProxyType(found), audio=channel.audio)


def told(source: StreamSource) -> Source:
    """Pure: a plugin's answer in the words that recorders understand."""
    login = source.login
    return Source(
        url=source.url,
        login=Login(user=login.user, password=login.password.reveal()) if login else None,
        transport=source.transport.value,
        verify_tls=source.verify_tls,
        headers=dict(source.headers),
        expires_at=source.expires_at,
        refresh=source.refresh.value,
        secret_parts=source.secret_parts,
    )


def due(streams: Streams, now: int) -> int | None:
    """Pure: wall time (µs) at which to ask again, so that nothing expires; None: never."""
    moments = [
        one.expires_at - min(LATEST, max(SOONEST, (one.expires_at - now) // 5))
        for one in streams.sources.values()
        if one.expires_at is not None
    ]
    return max(min(moments), now + SECOND) if moments else None
