"""All loops of a site in memory: each loaded once, its packets made once, one timer for each."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.simulators import packets
from nvr_core.simulators.loops import Loop, LoopSpec, Spec, cache_path, load, spec_line
from nvr_core.simulators.packets import Burst, PacketForm
from nvr_core.simulators.player import CameraClock, Player

FORMS = 32
"""Loops in packets that are remembered; each is about as large as its loop."""


class Shelf:
    """Where cameras find what they send."""

    def __init__(self, cache: Path, clock: Clock) -> None:
        self.clock = CameraClock(clock)
        self._cache = cache
        self._loops: dict[Spec, Loop] = {}
        self._players: dict[tuple[Spec, int], Player] = {}
        self._bursts: OrderedDict[tuple[Spec, PacketForm], tuple[Burst, ...]] = OrderedDict()

    async def fill(self, specs: Iterable[Spec]) -> None:
        """Have these loops, encoding those that the cache does not hold in other processes."""
        wanted = list(dict.fromkeys(specs))
        for last in (False, False, True):
            await self._make(spec for spec in wanted if spec not in self._loops)
            for spec in wanted:
                if spec in self._loops:
                    continue
                try:
                    self._loops[spec] = load(self._cache, spec)
                except FileNotFoundError:
                    # Another process that uses this cache made room just now.
                    if last:
                        raise

    def loop(self, spec: Spec) -> Loop:
        return self._loops[spec]

    def player(self, spec: Spec, delay: int) -> Player:
        """The one timer of that loop and delay (µs)."""
        key = spec, delay
        if key not in self._players:
            self._players[key] = Player(self._loops[spec], self.clock, delay)
        return self._players[key]

    def bursts(self, loop: Loop, form: PacketForm) -> tuple[Burst, ...]:
        """The loop in packets of that form."""
        key = loop.spec, form
        if key not in self._bursts:
            self._bursts[key] = packets.bursts(loop, form)
            while len(self._bursts) > FORMS:
                self._bursts.popitem(last=False)
        self._bursts.move_to_end(key)
        return self._bursts[key]

    async def _make(self, specs: Iterable[Spec]) -> None:
        missing = [spec for spec in specs if not cache_path(self._cache, spec).exists()]
        if missing:
            self._cache.mkdir(parents=True, exist_ok=True)
            workers = asyncio.Semaphore(os.cpu_count() or 1)
            await asyncio.gather(*(self._encode(batch, workers) for batch in _batches(missing)))

    async def _encode(self, batch: list[Spec], workers: asyncio.Semaphore) -> None:
        async with workers:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "nvr_core.simulators.encode", str(self._cache)),
                stdin=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                lines = "\n".join(spec_line(spec) for spec in batch)
                _, errors = await process.communicate(lines.encode())
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
        if process.returncode:
            last = errors.decode(errors="replace").strip().rpartition("\n")[2]
            raise RuntimeError(f"A loop of the simulator could not be encoded: {last}")


def _batches(specs: Iterable[Spec]) -> list[list[Spec]]:
    """What one process encodes: everything that shows the same pictures, so they are drawn once."""
    batches: dict[object, list[Spec]] = {}
    for spec in specs:
        key = spec.drawing if isinstance(spec, LoopSpec) else None
        batches.setdefault(key, []).append(spec)
    return list(batches.values())
