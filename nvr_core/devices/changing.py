"""What people change about devices and cameras: checked, tried out, stored, and taken over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from nvr_core.contract import ContractError, DeviceDetails
from nvr_core.devices import filling, streams
from nvr_core.devices.first import channels_of
from nvr_core.devices.parted import joined, parted
from nvr_core.devices.service import Devices
from nvr_core.host import configs
from nvr_core.host.configs import ConfigRefused
from nvr_core.host.form import options
from nvr_core.host.instance import Instance
from nvr_core.host.kinds import Kind
from nvr_core.host.plugin import Provided
from nvr_core.state import cameras, register
from nvr_core.state.cameras import Camera
from nvr_core.state.devices import FILE, Device
from nvr_core.state.errors import Refused
from nvr_core.state.register import NewInstance
from nvr_core.wire.errors import SentenceError

TRIED = "tried-out"
"""The id of an instance that is opened once and not stored."""


class NotAdded(SentenceError):
    """A device that is not taken as it is; nothing was stored."""


def provided(office: Devices, provider: str) -> Provided:
    """The vendor of this name. Raises NotAdded, which names those there are."""
    found = office.registry.get(Kind.VENDOR, provider)
    if found is None:
        names = ", ".join(one.name for one in office.registry.of(Kind.VENDOR)) or "none"
        why = f"there is no vendor {provider[:80]!r}"
        if office.registry.plugin(provider) is not None:
            why = str(office.registry.why_not(Kind.VENDOR, provider))
        raise NotAdded(f"{why}; vendors that can be used: {names}")
    return found


async def add_device(
    office: Devices,
    *,
    provider: str,
    name: str,
    said: Mapping[str, str],
    uplink: str = "",
    unchecked: bool = False,
) -> Device:
    """Open it once, then store it with its channels, each watched as a camera.

    said: options as text. unchecked: store it without opening it; it gets its cameras when it
    first answers. Raises NotAdded, NotFilled, Refused; then nothing is stored.
    """
    vendor = provided(office, provider)
    config = _config(vendor, said)
    found = None if unchecked else await _tried(office, vendor, config)
    shown, secrets = parted(config, configs.secret_paths(vendor.provider.config_type))

    made = await office.state.write(
        partial(
            register.add,
            clock=office.clock,
            key=office.key,
            name=name,
            uplink=uplink,
            instance=NewInstance(
                provider=provider,
                config=shown,
                secrets=secrets,
                config_version=vendor.provider.config_version,
            ),
            channels=channels_of(name, found) if found is not None else (),
        ),
        now=True,
    )
    await office.reload()
    return made


async def change_device(
    office: Devices,
    device: Device,
    *,
    said: Mapping[str, str],
    name: str = "",
    uplink: str | None = None,
    unchecked: bool = False,
) -> Device:
    """Give it other settings, another name or uplink; what is not said stays. Cameras stay.

    Changed settings are opened once before they are stored, unless unchecked says not to. Raises
    NotAdded, NotFilled, Refused; then nothing is changed.
    """
    _ours(device.name, device.origin)
    stored = next(one for one in office.written.instances if one.instance == device.instance)
    if why := office.written.sealed.get(device.instance):
        raise Refused("device", device.name, f"has a login that cannot be read ({why})")
    shown: Mapping[str, Any] | None = None
    secrets: Mapping[str, Any] | None = None
    if said:
        vendor = provided(office, stored.provider)
        before = joined(stored.config, office.written.secrets[device.instance])
        config = _config(vendor, said, before, stored.config_version)
        if not unchecked:
            await _tried(office, vendor, config)
        shown, secrets = parted(config, configs.secret_paths(vendor.provider.config_type))
        version: int | None = vendor.provider.config_version
    else:
        version = None
    changed = partial(
        register.change,
        key=office.key,
        device=device,
        name=name,
        uplink=uplink,
        config=shown,
        secrets=secrets,
        config_version=version,
    )
    await office.state.write(changed, now=True)
    await office.reload()
    return next(one for one in office.written.devices if one.device == device.device)


async def remove_device(office: Devices, device: Device, *, with_cameras: bool) -> Sequence[str]:
    """Forget a device. What was recorded of its cameras stays. Raises Refused.

    Returns the names of the cameras that went with it.
    """
    _ours(device.name, device.origin)
    removed = partial(register.remove, clock=office.clock, device=device, with_cameras=with_cameras)
    names = await office.state.write(removed, now=True)
    await office.reload()
    return names


async def add_camera(office: Devices, device: Device, *, key: str, name: str) -> Camera:
    """Watch a channel of a device that nobody watches yet. Raises Refused."""
    _ours(device.name, device.origin)
    watched = partial(register.watch, clock=office.clock, device=device, key=key, name=name)
    made = await office.state.write(watched, now=True)
    await office.reload()
    return made


async def remove_camera(office: Devices, camera: Camera) -> None:
    """Record it no more. Its footage stays under its name. Raises Refused."""
    _ours(camera.name or "", _origin(office, camera))
    at = office.clock.wall()
    await office.state.write(partial(cameras.remove_camera, camera=camera.camera, at=at), now=True)
    await office.reload()


async def rename_camera(office: Devices, camera: Camera, name: str) -> None:
    """Raises Refused."""
    _ours(camera.name or "", _origin(office, camera))
    renamed = partial(cameras.rename_camera, camera=camera.camera, name=name)
    await office.state.write(renamed, now=True)
    await office.reload()


async def set_hours(
    office: Devices, camera: Camera, rules: Mapping[str, Any] | None, *, by: str
) -> None:
    """Keep it at these hours, as the scheduling service stores them; None: always.

    by: who says so. Raises Refused.
    """
    ruled = partial(register.set_hours, clock=office.clock, camera=camera, rules=rules, by=by)
    await office.state.write(ruled, now=True)
    await office.reload()


def _config(
    vendor: Provided,
    said: Mapping[str, str],
    before: Mapping[str, Any] = MappingProxyType({}),
    version: int | None = None,
) -> Mapping[str, Any]:
    """As it is stored, secrets in clear. before, version: what it was.

    Raises NotFilled, NotAdded.
    """
    given = filling.filled(said, options(vendor.provider.config_type))
    own = vendor.provider.config_version
    try:
        if version is not None and version != own:
            old = configs.written(configs.read(vendor.provider, before, version), before)
        else:
            old = dict(before)
        config = configs.read(vendor.provider, _over(old, given), own)
    except ConfigRefused as refused:
        raise NotAdded(_sentences(refused)) from None
    return configs.written(config, before)


def _over(old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given in place of what was, in groups of options too."""
    merged = dict(old)
    for name, value in given.items():
        inner = merged.get(name)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        merged[name] = _over(inner, value) if both and inner is not None else value
    return merged


async def _tried(office: Devices, vendor: Provided, config: Mapping[str, Any]) -> DeviceDetails:
    instance = Instance(
        id=TRIED,
        kind=Kind.VENDOR,
        provider=vendor.name,
        stored=config,
        version=vendor.provider.config_version,
    )
    try:
        found: DeviceDetails = await office.supervisor.try_out(instance, streams.details)
    except ConfigRefused as refused:
        raise NotAdded(_sentences(refused)) from None
    except ContractError as error:
        raise NotAdded(
            f"{error}; nothing was stored. Store it all the same with --unchecked, where it is not "
            "there yet"
        ) from None
    if not found.channels:
        raise NotAdded("it has no channel that could be watched; nothing was stored")
    return found


def _sentences(refused: ConfigRefused) -> str:
    return "; ".join(
        f"{one.option}: {one.text}" if one.option else str(one.text) for one in refused.mistakes
    )


def _origin(office: Devices, camera: Camera) -> str:
    own = (one.origin for one in office.written.lenses if one.camera == camera.camera)
    return next(own, "")


def _ours(name: str, origin: str) -> None:
    if origin == FILE:
        raise Refused("name", name, "stands in ronda.toml; change it there, and restart the server")
