"""The desired set in force: told to recorders when it changes, and sealed for their restarts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.recording.live import Key
from nvr_core.recording.reads import Reads
from nvr_core.wire import codec, durable, seal
from nvr_core.wire.errors import WireError
from nvr_core.wire.wants import StreamWant, Want

log = logging.getLogger(__name__)

LINGER = 10.0
"""Seconds after the last viewer until fragments grow long again."""

Streams = tuple[StreamWant, ...]


class Desired:
    """Knows what was wanted last, and says the difference."""

    def __init__(
        self,
        *,
        data: Path,
        key: bytes,
        clock: Clock,
        reads: Reads,
        wanted: Callable[[frozenset[Key]], Mapping[str, Streams]],
        send: Callable[[str, Want], None],
    ) -> None:
        """wanted: the desired set of each recorder while these streams are watched.
        send: hand a recorder what is wanted of it now."""
        self._folder = data / "want"
        self._key = key
        self._clock = clock
        self._reads = reads
        self._wanted = wanted
        self._send = send
        self._watched: frozenset[Key] = frozenset()
        self._in_force: dict[str, Want] = {}
        self._lasting: dict[str, Streams] = {}
        self._later: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        """What is sealed is sealed in order."""

    async def before(self, recorders: Iterable[str]) -> list[StreamWant]:
        """What a server before this one wanted. Raises OSError."""
        found = [await self._reads.run(partial(self._unsealed, name)) for name in recorders]
        return [stream for want in found if want is not None for stream in want.streams]

    async def begin(self) -> None:
        """Say and seal the whole desired set. Raises OSError when it cannot be sealed."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lasting = dict(self._wanted(frozenset()))
        for name, streams in self._lasting.items():
            # A recorder ignores what is older than what it has, so numbers outlive the server.
            before = await self._reads.run(partial(self._unsealed, name))
            serial = max(before.serial + 1 if before else 1, self._clock.wall())
            reclaim = _still(before.reclaim, streams) if before else ()
            want = Want(serial=serial, streams=streams, reclaim=reclaim)
            self._in_force[name] = want
            await self._reads.run(partial(self._store, name, want))
            self._send(name, want)

    async def reclaim(self, paths: tuple[str, ...]) -> None:
        """Let recorders delete these files, in this order, when their disk is full.

        Sealed too: a recorder may run for weeks after a power cut before a server does. Raises
        OSError, Busy when it cannot be sealed; then it is not said either.
        """
        async with self._turn:
            for name, lasting in self._lasting.items():
                if self._in_force[name].reclaim != paths and lasting:
                    await self._change(name, lasting, paths)

    async def renew(self) -> None:
        """Other cameras, sources or hours: say what changed. Sealed before it is said.

        Raises OSError, Busy when it cannot be sealed; then it is not said either.
        """
        async with self._turn:
            for name, streams in self._wanted(frozenset()).items():
                if self._lasting.get(name) != streams:
                    await self._change(name, streams, _still(self._in_force[name].reclaim, streams))

    async def _change(self, name: str, lasting: Streams, reclaim: tuple[str, ...]) -> None:
        before = self._in_force[name]
        sealed = replace(before, serial=before.serial + 1, streams=lasting, reclaim=reclaim)
        await self._reads.run(partial(self._store, name, sealed))
        self._lasting[name] = lasting
        # Meanwhile somebody may have begun to watch.
        serial = self._in_force[name].serial + 1
        now = self._wanted(self._watched)[name]
        want = self._in_force[name] = Want(serial=serial, streams=now, reclaim=reclaim)
        self._send(name, want)

    def watch(self, watched: frozenset[Key]) -> None:
        """Shorten fragments of streams that are watched now; lengthen others after a while."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._apply(self._watched | watched)
        if watched != self._watched:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(LINGER, self._apply, watched)

    def _apply(self, watched: frozenset[Key]) -> None:
        if watched == self._watched:
            return
        self._watched = watched
        for name, streams in self._wanted(watched).items():
            before = self._in_force.get(name)
            if before is not None and before.streams != streams:
                want = replace(before, serial=before.serial + 1, streams=streams)
                self._in_force[name] = want
                self._send(name, want)

    def _unsealed(self, name: str) -> Want | None:
        try:
            sealed = (self._folder / f"{name}.sealed").read_bytes()
            want = codec.decode(seal.unseal(self._key, sealed, _context(name)))
        except FileNotFoundError:
            return None
        except WireError as error:
            log.warning("the sealed desired set of %s is written anew: %s", name, error)
            return None
        return want if isinstance(want, Want) else None

    def _store(self, name: str, want: Want) -> None:
        """Durable when it returns: a recorder may start from it after the next power cut."""
        sealed = seal.seal(self._key, codec.encode(want), _context(name))
        durable.replace(self._folder / f"{name}.sealed", sealed)


def _still(reclaim: Iterable[str], streams: Streams) -> tuple[str, ...]:
    """What lies on a volume that is still written to: deleting the rest would free nothing."""
    roots = tuple({f"{stream.volume}/" for stream in streams})
    return tuple(path for path in reclaim if path.startswith(roots))


def _context(name: str) -> bytes:
    return f"want {name}".encode()
