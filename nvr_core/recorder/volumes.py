"""The volumes that a recorder writes to, and the repair of what was left open on them."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from nvr_core.clock import Clock
from nvr_core.recorder import desired, history
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.options import Options
from nvr_core.recorder.repairs import Repairs
from nvr_core.recorder.store import Volume
from nvr_core.recorder.telling import Telling
from nvr_core.recorder.trouble import Trouble
from nvr_core.wire.facts import Fact

log = logging.getLogger(__name__)


class Volumes:
    """Made when a stream first asks for one; each stays until the recorder ends."""

    def __init__(
        self,
        installation: str,
        clock: Clock,
        options: Options,
        telling: Telling,
        *,
        tell: Callable[[Fact], int],
        ledger: Ledger,
        past: history.Past,
        repairing: bool,
        unusable: Callable[[Volume], None],
    ) -> None:
        """repairing: no other recorder answers for what is open. unusable: told of such a one."""
        self._installation = installation
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._options = options
        self._telling = telling
        self._tell = tell
        self._ledger = ledger
        self._past = past
        self._repairing = repairing
        self._unusable = unusable
        self._reclaim: tuple[str, ...] = ()
        self._volumes: dict[str, Volume] = {}
        self._repairs: dict[str, Repairs] = {}

    def __iter__(self) -> Iterator[Volume]:
        return iter(self._volumes.values())

    @property
    def roots(self) -> set[str]:
        return set(self._volumes)

    def at(self, root: str) -> Volume:
        """The volume with this root folder."""
        volume = self._volumes.get(root)
        if volume is None:
            volume = Volume(
                Path(root),
                self._installation,
                self._loop,
                self._options,
                self._clock,
                self._tell,
                self._telling.durably,
            )
            self._volumes[root] = volume
            volume.reclaim = desired.below(self._reclaim, root)
            volume.changed = functools.partial(self._changed, volume)
            repairs = Repairs(volume, self._loop, self._clock, self._tell, self._past)
            self._repairs[root] = repairs
            volume.tick()
            if self._repairing:
                repairs.again(self._ledger)
        return volume

    def reclaim(self, paths: tuple[str, ...]) -> None:
        """Each may unlink those of these that lie on it, while it is full."""
        self._reclaim = paths
        for root, volume in self._volumes.items():
            volume.reclaim = desired.below(paths, root)

    def repair(self) -> None:
        """Nobody else answers for what is open any more: look for it."""
        self._repairing = True
        for repairs in self._repairs.values():
            repairs.once_more(self._ledger)

    def tick(self) -> None:
        """Once a second: syncs."""
        for volume in self:
            volume.tick()

    async def settle(self, patience: float) -> list[Volume]:
        """Write and tell what waits. Returns those of which something is left to be looked at."""
        volumes = tuple(self)
        settled, _ = await asyncio.gather(
            asyncio.gather(*(volume.settle(patience) for volume in volumes)),
            asyncio.gather(*(repairs.stop(patience) for repairs in self._repairs.values())),
        )
        return [volume for volume, well in zip(volumes, settled, strict=True) if not well]

    def _changed(self, volume: Volume, trouble: Trouble | None) -> None:
        repairs = self._repairs[str(volume.root)]
        if trouble is not None:
            repairs.rest(trouble)
            self._unusable(volume)
        elif self._repairing:
            repairs.again(self._ledger)
