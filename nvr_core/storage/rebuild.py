"""The catalogue of footage from the volumes alone: for the day on which ronda.db is gone.

report = await rebuild(state, clock, run, [Path("/srv/ronda")], installation=…)
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nvr_core.clock import Clock
from nvr_core.state import cameras, found, ledger, volumes
from nvr_core.state.catalogue import State
from nvr_core.state.steps import Step, onward
from nvr_core.storage import looks, places, tree
from nvr_core.storage.boxes import Left
from nvr_core.storage.check import KINDS
from nvr_core.storage.places import Place, Run
from nvr_core.storage.report import Kind, Report
from nvr_core.wire.facts import SegmentClosed

BATCH = 500
"""Files that are read and stored together."""
Ends = dict[tuple[str, str], int]
"""Camera and stream → where the last footage of it ends, µs."""


async def rebuild(
    state: State,
    clock: Clock,
    run: Run,
    roots: Sequence[Path],
    *,
    installation: str,
    progress: Callable[[Report], None] = lambda report: None,
    step: Step = onward,
) -> Report:
    """Rows for every closed segment on these volumes that has none; hashes are not checked.

    What a file says of itself is believed, not its name. Cameras, streams and lives of recorders
    that no row knows get rows of their own. A stream that was not known was wanted from its first
    frame to its last, as far as files can tell. Files being written, torn and foreign ones are
    told and left alone. It may be stopped, killed and repeated: what has a row is passed over.

    progress: called after each batch.
    """
    report = Report()
    before = set((await state.read(cameras.list_streams)).values())
    ends: Ends = {}
    for root in roots:
        place = await _place(state, clock, run, root, installation)
        if isinstance(place, str):
            report.add(Kind.AWAY, place)
            continue
        rebuilding = _Rebuilding(state, clock, run, place, report=report, ends=ends, step=step)
        try:
            async for _ in rebuilding.batches(roots):
                progress(report)
        except OSError as error:
            report.add(Kind.UNREAD, f"{root} ({error})")
    step("lives: begin")
    await state.write(partial(_end, ends={k: v for k, v in ends.items() if k not in before}))
    step("lives: ended")
    return report


class _Rebuilding:
    """One volume, day by day, so that what was recorded together is told together."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        run: Run,
        place: Place,
        *,
        report: Report,
        ends: Ends,
        step: Step,
    ) -> None:
        self._state = state
        self._clock = clock
        self._run = run
        self._place = place
        self._report = report
        self._ends = ends
        self._step = step
        self._marked: frozenset[str] = frozenset()

    async def batches(self, roots: Sequence[Path]) -> AsyncIterator[int]:
        """Do it. Gives the number of files of each batch. Raises OSError."""
        paths = await self._run(partial(tree.folders, self._place, roots))
        self._marked = await self._run(partial(tree.marked, self._place))
        for day in tree.by_day(paths):
            keys = await self._keys(day)
            for first in range(0, len(keys), BATCH):
                batch = keys[first : first + BATCH]
                await self._batch(batch)
                yield len(batch)

    async def _keys(self, day: Sequence[str]) -> list[str]:
        """Files of a day that have no row, all streams together, in the order of their names."""
        names: list[list[tuple[str, str]]] = []
        for path in day:
            folder = await self._run(partial(tree.files, self._place, path))
            for name in folder.others:
                self._report.add(Kind.FOREIGN, str(self._place.path(f"{path}/{name}")))
            rows = await self._rows(folder.stream)
            fresh = zip(folder.names, folder.keys, strict=True)
            names.append([(name, key) for name, key in fresh if key not in rows])
            self._report.looked_at += len(folder.names)
        return [key for _, key in heapq.merge(*names) if key not in self._marked]

    async def _rows(self, stream: tuple[str, str] | None) -> set[str]:
        if stream is None:
            return set()
        number = await self._state.read(partial(cameras.stream, camera=stream[0], name=stream[1]))
        if number is None:
            return set()
        return await self._state.read(partial(found.keys, volume=self._place.number, stream=number))

    async def _batch(self, keys: Sequence[str]) -> None:
        fresh: list[tuple[str, SegmentClosed]] = []
        for key, one in await self._run(partial(looks.told, self._place, keys)):
            if isinstance(one, Left):
                if one.why in KINDS:
                    path = self._place.path(key)
                    self._report.add(KINDS[one.why], f"{path}: {one.sentence}")
                continue
            fresh.append((key, one))
            stream = (one.camera, one.stream)
            self._ends[stream] = max(self._ends.get(stream, 0), one.start + one.duration)
        self._step("adopt: begin")
        work = partial(found.take, volume=self._place.number, closed=fresh, at=self._clock.wall())
        left = set(await self._state.write(work, now=True))
        self._step("adopt: committed")
        for key in sorted(left):
            self._report.add(Kind.TWICE, str(self._place.path(key)))
        self._report.adopted += len(fresh) - len(left)


async def _place(
    state: State, clock: Clock, run: Run, root: Path, installation: str
) -> Place | str:
    """The volume with this root, made known where it is not; a sentence when it is not there."""
    look = await run(partial(places.look, Place(0, root, installation)))
    if look.trouble:
        return look.trouble
    for known in await state.read(volumes.list_volumes):
        if known.root == str(root):
            return Place(known.number, root, installation)
    made = await state.write(partial(volumes.add_volume, clock=clock, root=str(root)), now=True)
    return Place(made.number, root, installation)


def _end(connection: Any, ends: Ends) -> None:
    """Streams that nobody knew end with their last footage: what came then, no file says."""
    for (camera, stream), at in ends.items():
        ledger.end(connection, camera, stream, at=at)
