"""Answers about devices: which there are, how they are, and what was added or removed."""

from __future__ import annotations

import difflib
import logging
from collections.abc import AsyncGenerator, Sequence
from functools import partial

from nvr_core.admin import answers, questions
from nvr_core.admin.naming import SHOWN
from nvr_core.admin.office import Office
from nvr_core.devices import changing
from nvr_core.state import instances
from nvr_core.state.checked import folded
from nvr_core.state.devices import Device
from nvr_core.wire.errors import SentenceError

log = logging.getLogger(__name__)

CLOSED = "closed"
"""State of a device that nobody holds open: no server runs."""

PATIENCE = 3.0
"""Seconds in which a device that was tried out a moment ago should be open again."""


class UnknownDevice(SentenceError):
    """No device is called so; the sentence says which there are."""


def named(said: str, known: Sequence[Device]) -> Device:
    """The device with this id or name. Raises UnknownDevice."""
    own = folded(said)
    for one in known:
        if said == one.device or own == folded(one.name):
            return one
    names = {folded(one.name): one.name for one in known}
    near = difflib.get_close_matches(own, names, n=3, cutoff=0.6)
    if near:
        close = " or ".join(names[one] for one in near)
        raise UnknownDevice(f"there is no device {said[:80]!r}; {close} may be meant")
    if not names:
        raise UnknownDevice(f"there is no device {said[:80]!r}, and no other one yet")
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    some = ", ".join(list(names.values())[:SHOWN])
    raise UnknownDevice(f"there is no device {said[:80]!r}; there are: {some}{more}")


async def listed(office: Office, asked: questions.Devices) -> AsyncGenerator[answers.Device, None]:
    known = office.devices.written.devices
    for one in known if asked.device is None else [named(asked.device, known)]:
        yield await described(office, one)


async def added(
    office: Office, asked: questions.DeviceAdded
) -> AsyncGenerator[answers.Device | answers.Progress, None]:
    if not asked.unchecked:
        yield answers.Progress(sentence=f"opening it with {asked.provider}")
    device = await changing.add_device(
        office.devices,
        provider=asked.provider,
        name=asked.device,
        said=asked.options,
        uplink=asked.uplink,
        unchecked=asked.unchecked,
    )
    log.info("%s added the device %s (%s)", office.by, device.name, asked.provider)
    await office.devices.settled(device.instance, PATIENCE)
    yield await described(office, device)


async def changed(
    office: Office, asked: questions.DeviceChanged
) -> AsyncGenerator[answers.Device | answers.Progress, None]:
    device = named(asked.device, office.devices.written.devices)
    if asked.options and not asked.unchecked:
        yield answers.Progress(sentence="opening it with what is changed")
    after = await changing.change_device(
        office.devices,
        device,
        said=asked.options,
        name=asked.to,
        uplink=asked.uplink,
        unchecked=asked.unchecked,
    )
    log.info("%s changed the device %s: %s", office.by, device.name, _what(asked))
    await office.devices.settled(device.instance, PATIENCE)
    yield await described(office, after)


def _what(asked: questions.DeviceChanged) -> str:
    """Names of what was changed; no values, which may be secret."""
    more = [word for word, said in (("name", asked.to), ("uplink", asked.uplink)) if said]
    return ", ".join([*more, *asked.options]) or "nothing"


async def removed(
    office: Office, asked: questions.DeviceRemoved
) -> AsyncGenerator[answers.Removed, None]:
    device = named(asked.device, office.devices.written.devices)
    names = await changing.remove_device(office.devices, device, with_cameras=asked.cameras)
    log.info("%s removed the device %s", office.by, device.name)
    yield answers.Removed(name=device.name, cameras=tuple(names))


async def described(office: Office, device: Device) -> answers.Device:
    """How a device is now."""
    written = office.devices.written
    stored = await office.state.read(partial(instances.list_instances, kind="vendor"))
    own = next(one for one in stored if one.instance == device.instance)
    report = office.devices.report(device.instance)
    watched = {one.key: one.name for one in written.lenses if one.device == device.device}
    return answers.Device(
        device=device.device,
        name=device.name,
        provider=own.provider,
        state=report.state.value if report else CLOSED,
        since=report.since if report else None,
        sentence=str(report.text) if report and report.text else "",
        again_at=report.again_at if report else None,
        uplink=device.uplink,
        origin=device.origin,
        settings=own.config,
        manufacturer=device.manufacturer,
        model=device.model,
        firmware=device.firmware,
        identities=tuple(written.identities.get(device.device, ())),
        channels=tuple(
            answers.Channel(channel=one.key, name=one.name, camera=watched.get(one.key, ""))
            for one in written.channels
            if one.device == device.device
        ),
    )
