"""Finds devices that nobody has added yet, and tells of each as soon as it is known.

Nobody logs in anywhere. Everybody in the networks that this machine is in is asked at once by
multicast; networks that a person names are asked address by address, because multicast does not
cross the uplinks that cameras hang on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Interface, IPv4Network
from typing import Any, TypeVar, cast

from nvr_core.clock import Clock
from nvr_core.contract import Announcement, Find, Vendor
from nvr_core.discovery import asking, sound
from nvr_core.discovery.knocking import open_doors
from nvr_core.discovery.merging import Met, Seen, merged
from nvr_core.discovery.networks import addresses
from nvr_core.host.calls import Calls
from nvr_core.host.kinds import Kind
from nvr_core.host.registry import Registry

log = logging.getLogger(__name__)

T = TypeVar("T")

SCAN = 10.0
"""Seconds for a brand's own scan, and for listening."""
PROBE = 5.0
"""Seconds for a look at one open port."""
PROBES = 32
"""At the same time."""
KNOCKING = 120.0
"""Seconds for all addresses: a wall that opens every door would keep us for hours."""
TICK = 0.5
"""Seconds between two words on how far it is."""
DEVICES = 2000
"""Finds of one search; more are not a neighbourhood's."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a search is, and what it has met so far."""

    done: int
    total: int
    """Addresses that are asked one by one."""
    met: Sequence[Met]


class Discovery:
    """Searches, one at a time: two would only double the noise in the network."""

    def __init__(self, registry: Registry, clock: Clock, *, calls: Calls | None = None) -> None:
        self._registry = registry
        self._clock = clock
        self._calls = calls or Calls()
        self._turn = asyncio.Lock()

    async def search(
        self, networks: Sequence[IPv4Network], interfaces: Sequence[IPv4Interface]
    ) -> AsyncGenerator[Progress, None]:
        """Progress twice a second while anything changes; the last one is the result.

        networks: those that are asked address by address. Raises NetworkRefused.
        """
        wanted = addresses(networks)
        async with self._turn:
            running = _Search(self._vendors(), self._clock, self._calls, interfaces, wanted)
            going = asyncio.create_task(running.run())
            try:
                said: Progress | None = None
                while not going.done():
                    await asyncio.wait({going}, timeout=TICK)
                    now = running.progress()
                    if now != said and not going.done():
                        yield now
                        said = now
                await going
                yield running.progress()
            finally:
                going.cancel()
                await asyncio.gather(going, return_exceptions=True)

    def _vendors(self) -> dict[str, Vendor[Any]]:
        found = self._registry.of(Kind.VENDOR)
        return {one.name: cast("Vendor[Any]", one.provider) for one in found}


@dataclass
class _Lent:
    """contract.Search for one vendor."""

    log: logging.LoggerAdapter[Any]
    interfaces: Sequence[IPv4Interface]
    addresses: Sequence[str]
    clock: Clock
    tell: Callable[[Find], None]

    def found(self, find: Find) -> None:
        self.tell(find)

    def now(self) -> int:
        return self.clock.wall()


@dataclass
class _Search:
    vendors: dict[str, Vendor[Any]]
    clock: Clock
    calls: Calls
    interfaces: Sequence[IPv4Interface]
    addresses: Sequence[str]
    seen: dict[tuple[str, str, int], Seen] = field(default_factory=dict)
    done: list[int] = field(default_factory=lambda: [0])
    asked: frozenset[str] = field(init=False)
    broken: set[str] = field(default_factory=set)
    """Vendors whose fault was logged: once is enough for a search."""

    def __post_init__(self) -> None:
        self.asked = frozenset(self.addresses)

    def progress(self) -> Progress:
        return Progress(
            done=min(self.done[0], len(self.addresses)),
            total=len(self.addresses),
            met=tuple(merged(self.seen.values())),
        )

    async def run(self) -> None:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._announced())
            parts.create_task(
                asking.ask(self.interfaces, self.addresses, heard=self._heard, seconds=SCAN / 2)
            )
            for name, vendor in self.vendors.items():
                parts.create_task(self._bounded(name, SCAN, partial(vendor.scan, self._lent(name))))
            if self.addresses:
                parts.create_task(self._knock())

    async def _announced(self) -> None:
        types = sorted({one for name in self.vendors for one in self._said(name, sound.types_of)})
        if not types:
            return
        from nvr_core.discovery import mdns  # zeroconf costs a start-up that never searches

        async with mdns.listening(self.interfaces, types, self._heard):
            await asyncio.sleep(SCAN)

    def _heard(self, announcement: Announcement) -> None:
        """Called by what listens: nothing that a vendor does may reach it."""
        for name, vendor in self.vendors.items():
            try:
                find = vendor.recognise(announcement)
                if find is not None:
                    self._tell(name, find)
            except (Exception, SystemExit) as error:
                self._fault(name, error)

    def _tell(self, vendor: str, find: Find) -> None:
        """Raises TypeError and ValueError for what is no find."""
        found = sound.sound(find)
        if not sound.within(found.address, self.interfaces, self.asked):
            return
        key = (vendor, found.address, found.port)
        before = self.seen.get(key)
        if before is not None:
            self.seen[key] = Seen(vendor=vendor, find=sound.joined(before.find, found))
        elif len(self.seen) < DEVICES:
            self.seen[key] = Seen(vendor=vendor, find=found)

    async def _knock(self) -> None:
        by_port: dict[int, list[str]] = {}
        for name in self.vendors:
            for port in self._said(name, sound.ports_of):
                by_port.setdefault(port, []).append(name)
        turns = asyncio.Semaphore(PROBES)
        with suppress(TimeoutError):
            async with asyncio.timeout(KNOCKING), asyncio.TaskGroup() as probes:
                doors = open_doors(self.addresses, sorted(by_port), done=self.done)
                async with aclosing(doors) as doors:
                    async for address, port in doors:
                        for name in by_port[port]:
                            await turns.acquire()
                            probes.create_task(self._probe(turns, name, address, port))

    async def _probe(self, turns: asyncio.Semaphore, name: str, address: str, port: int) -> None:
        step = partial(self.vendors[name].probe, address, port, self._lent(name))
        try:
            find = await self._bounded(name, PROBE, step)
            if find is not None:
                self._tell(name, find)
        except (TypeError, ValueError) as error:
            self._fault(name, error)
        finally:
            turns.release()

    def _said(self, name: str, ask: Callable[[Vendor[Any]], tuple[T, ...]]) -> tuple[T, ...]:
        """What a vendor says of itself; nothing when that is no good."""
        try:
            return ask(self.vendors[name])
        except (TypeError, ValueError) as error:
            self._fault(name, error)
            return ()

    async def _bounded(self, name: str, limit: float, step: Callable[[], Awaitable[Any]]) -> Any:
        """What a vendor answers in time, None when it does not, or fails."""
        with suppress(TimeoutError, OSError):
            try:
                return await self.calls.bounded(step, f"search of {name}", limit)
            except (TimeoutError, OSError):
                raise
            except Exception as error:
                self._fault(name, error)
        return None

    def _fault(self, name: str, error: BaseException) -> None:
        if name not in self.broken:
            self.broken.add(name)
            log.error("the vendor %s failed while devices were searched", name, exc_info=error)

    def _lent(self, name: str) -> _Lent:
        logger = logging.LoggerAdapter(logging.getLogger(f"ronda.plugin.{name}"), {})
        return _Lent(logger, self.interfaces, self.addresses, self.clock, partial(self._tell, name))
