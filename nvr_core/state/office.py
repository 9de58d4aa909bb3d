"""Everything of devices that stands in the catalogue, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from nvr_core.state import devices, instances, lenses
from nvr_core.state.devices import Channel, Device
from nvr_core.state.instances import Instance
from nvr_core.state.lenses import Lens
from nvr_core.wire.errors import WireError


@dataclass(frozen=True, kw_only=True)
class Written:
    """Devices, what opens them, and what they show."""

    instances: Sequence[Instance]
    secrets: Mapping[str, Mapping[str, Any]]
    """By instance, opened; without those that do not open."""
    sealed: Mapping[str, str]
    """Instance whose secrets do not open → why."""
    devices: Sequence[Device]
    identities: Mapping[str, Sequence[tuple[str, str]]]
    """By device: (kind, value) of its marks."""
    channels: Sequence[Channel]
    lenses: Sequence[Lens]


EMPTY = Written(
    instances=(), secrets={}, sealed={}, devices=(), identities={}, channels=(), lenses=()
)


def written(connection: Connection, key: bytes) -> Written:
    """Read it. key: of data/secret.key."""
    found = instances.list_instances(connection, "vendor")
    secrets: dict[str, Mapping[str, Any]] = {}
    sealed: dict[str, str] = {}
    for one in found:
        try:
            secrets[one.instance] = instances.secrets_of(connection, key, one.instance)
        except WireError as error:
            sealed[one.instance] = str(error)
    return Written(
        instances=found,
        secrets=secrets,
        sealed=sealed,
        devices=devices.list_devices(connection),
        identities=devices.list_identities(connection),
        channels=devices.list_channels(connection),
        lenses=lenses.list_lenses(connection),
    )
