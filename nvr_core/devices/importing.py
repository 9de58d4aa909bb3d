"""Many devices at once from a table: everything is checked first, and all are stored or none.

Devices are stored without being opened, because points may have no power yet; each gets its cameras
when it first answers. A table may be imported again: what is there already, just so, is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nvr_core.devices import filling
from nvr_core.devices.changing import NotAdded, provided
from nvr_core.devices.parted import parted
from nvr_core.devices.service import Devices
from nvr_core.devices.sheet import NEEDED, Line, Sheet, Wrong
from nvr_core.host import configs
from nvr_core.host.configs import ConfigRefused
from nvr_core.host.form import options
from nvr_core.host.plugin import Provided
from nvr_core.state import checked, register
from nvr_core.state.devices import UPLINK_LENGTH
from nvr_core.state.errors import Refused
from nvr_core.state.register import NewDevice, NewInstance

UPLINK = "uplink"
BREATH = 50
"""Rows that are checked before others have their turn on the loop."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row that can be stored."""

    row: int
    name: str
    uplink: str
    vendor: Provided
    config: Mapping[str, Any] = field(repr=False)
    """As it is stored, secrets in clear."""
    there: bool
    """It is in the office already, just so."""


async def check(office: Devices, sheet: Sheet) -> tuple[list[Entry], list[Wrong]]:
    """What each row would make, and everything that is wrong with the table."""
    wrong = list(sheet.wrong)
    entries: list[Entry] = []
    own = _Own(office)
    for place, line in enumerate(sheet.lines, 1):
        found = _Row(office, own, line)
        entries += found.entries
        wrong += found.wrong
        if place % BREATH == 0:
            await asyncio.sleep(0)
    wrong += _twice(entries)
    wrong += own.taken(entries)
    return entries, sorted(wrong, key=lambda one: (one.row, one.column))


async def store(office: Devices, entries: Sequence[Entry]) -> None:
    """Store those that are not there yet, all of them or none. Raises Refused."""
    fresh = [_new(one) for one in entries if not one.there]
    if fresh:
        add = partial(register.add_all, clock=office.clock, key=office.key, fresh=fresh)
        await office.state.write(add, now=True)
        await office.reload()


def _new(entry: Entry) -> NewDevice:
    provider = entry.vendor.provider
    shown, secrets = parted(entry.config, configs.secret_paths(provider.config_type))
    instance = NewInstance(
        provider=entry.vendor.name,
        config=shown,
        secrets=secrets,
        config_version=provider.config_version,
    )
    return NewDevice(name=entry.name, uplink=entry.uplink, instance=instance)


class _Row:
    """One row, read against its vendor and the office."""

    def __init__(self, office: Devices, own: _Own, line: Line) -> None:
        self.wrong: list[Wrong] = []
        self.entries: list[Entry] = []
        self._line = line
        self._office = office
        name, uplink = self._name(), self._uplink()
        vendor = self._vendor()
        config = self._config(vendor) if vendor is not None else None
        if self.wrong or vendor is None or config is None:
            return
        there = own.has(name, uplink, vendor, config)
        self.entries.append(
            Entry(row=line.row, name=name, uplink=uplink, vendor=vendor, config=config, there=there)
        )

    def _say(self, column: str, sentence: str) -> None:
        self.wrong.append(Wrong(row=self._line.row, column=column, sentence=sentence))

    def _name(self) -> str:
        try:
            return checked.name("name", self._line.cells.get("name", ""))
        except Refused as refused:
            self._say("name", _behind(refused))
            return ""

    def _uplink(self) -> str:
        uplink = self._line.cells.get(UPLINK, "")
        if len(uplink) > UPLINK_LENGTH or not uplink.isprintable():
            self._say(UPLINK, f"{uplink[:60]!r} is no name of up to {UPLINK_LENGTH} characters")
        return uplink

    def _vendor(self) -> Provided | None:
        name = self._line.cells.get("vendor", "")
        try:
            return provided(self._office, name.lower())
        except NotAdded as refused:
            self._say("vendor", str(refused))
            return None

    def _config(self, vendor: Provided) -> Mapping[str, Any] | None:
        """The options of this row. A column that only other vendors have stays empty in it."""
        form = options(vendor.provider.config_type)
        given: dict[str, Any] = {}
        before = len(self.wrong)
        for column, cell in self._line.cells.items():
            if column in (*NEEDED, UPLINK):
                continue
            try:
                _over(given, filling.filled({column: cell}, form))
            except filling.NotFilled as refused:
                self._say(column, str(refused).removeprefix(f"{column}: "))
        try:
            config = configs.read(vendor.provider, given, vendor.provider.config_version)
        except ConfigRefused as refused:
            told = {one.column for one in self.wrong}
            for one in refused.mistakes:
                if one.option not in told:
                    self._say(one.option, str(one.text))
            return None
        return configs.written(config, {}) if len(self.wrong) == before else None


def _over(given: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put what more says into what is given, in groups of options too."""
    for name, value in more.items():
        inner = given.get(name)
        if isinstance(inner, dict) and isinstance(value, Mapping):
            _over(inner, value)
        else:
            given[name] = value


def _behind(refused: Refused) -> str:
    """What it says behind the field's name."""
    return str(refused).removeprefix(f"{refused.field}: ")


def _twice(entries: Sequence[Entry]) -> Iterator[Wrong]:
    """Names, and places in the network, that two rows have."""
    names: dict[str, int] = {}
    places: dict[tuple[str, object, object], int] = {}
    for one in entries:
        first = names.setdefault(checked.folded(one.name), one.row)
        if first != one.row:
            yield Wrong(
                row=one.row,
                column="name",
                sentence=f"{one.name!r} is the name in row {first} already; write another",
            )
        if (place := _place(one.vendor.name, one.config)) is None:
            continue
        first = places.setdefault(place, one.row)
        if first != one.row:
            yield Wrong(
                row=one.row,
                column="address",
                sentence=f"{place[1]} is the device of row {first} already; take one row away",
            )


class _Own:
    """What the office has already."""

    def __init__(self, office: Devices) -> None:
        written = office.written
        self._named = {checked.folded(one.name): one for one in written.devices}
        self._instances = {one.instance: one for one in written.instances}
        self._secrets = written.secrets
        owners = {one.instance: one.name for one in written.devices}
        self._places = {
            place: owners[one.instance]
            for one in written.instances
            if one.instance in owners and (place := _place(one.provider, one.config)) is not None
        }

    def has(self, name: str, uplink: str, vendor: Provided, config: Mapping[str, Any]) -> bool:
        """Whether just this device is there."""
        device = self._named.get(checked.folded(name))
        stored = self._instances.get(device.instance) if device is not None else None
        if device is None or stored is None or stored.instance not in self._secrets:
            return False
        paths = configs.secret_paths(vendor.provider.config_type)
        kept = dict(stored.config), dict(self._secrets[stored.instance])
        said = (device.uplink, stored.provider, kept)
        return said == (uplink, vendor.name, parted(config, paths))

    def taken(self, entries: Sequence[Entry]) -> Iterator[Wrong]:
        """Names and places that other devices have."""
        for one in entries:
            if one.there:
                continue
            place = _place(one.vendor.name, one.config)
            if checked.folded(one.name) in self._named:
                sentence = (
                    f"{one.name!r} is a device already, with other settings; write another name, "
                    "or change it by ronda device set"
                )
                yield Wrong(row=one.row, column="name", sentence=sentence)
            elif place is not None and place in self._places:
                sentence = f"{place[1]} is the device {self._places[place]!r} already"
                yield Wrong(row=one.row, column="address", sentence=sentence)


def _place(vendor: str, config: Mapping[str, Any]) -> tuple[str, object, object] | None:
    """Where a device is, when its settings say that."""
    address = config.get("address")
    return (vendor, address, config.get("port")) if address else None
