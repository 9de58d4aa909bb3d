"""Whether the catalogue and the disks say the same, page by page, and what of it can be mended.

report = await check(state, clock, run, installation=…)
print("\\n".join(report.sentences()))
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from nvr_core.clock import SECOND, Clock
from nvr_core.state import cameras, coverage, files, found, recorded, volumes
from nvr_core.state.catalogue import State
from nvr_core.state.files import Held
from nvr_core.state.steps import Step, onward
from nvr_core.storage import boxes, looks, places, tree
from nvr_core.storage.boxes import Left
from nvr_core.storage.mending import Mending
from nvr_core.storage.places import Place, Run
from nvr_core.storage.report import Kind, Report
from nvr_core.wire.facts import SegmentClosed

PAGE = 1000
"""Rows or files that are looked at together."""
KINDS = {
    boxes.Why.FOREIGN: Kind.FOREIGN,
    boxes.Why.TORN: Kind.TORN,
    boxes.Why.UNREAD: Kind.UNREAD,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """How far a check has come; from there another one goes on."""

    stage: int = 0
    """Rows and then files of each volume, then totals, then streams."""
    segment: int = 0
    """Rows up to this one's are done."""
    key: str = ""
    folder: str = ""
    """Folders up to this one are done; it begins with / so that the root has a name too."""
    stream: int = 0
    """Streams up to this one are done."""


class Check:
    """Looks at everything once. It reads; only with a `mending` does it change anything."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        run: Run,
        *,
        installation: str,
        mending: Mending | None = None,
        spot: Spot | None = None,
    ) -> None:
        self.report = Report(mended=mending is not None)
        self._state = state
        self._clock = clock
        self._run = run
        self._installation = installation
        self._mending = mending
        self._from = spot or Spot()

    async def pages(self) -> AsyncIterator[Spot]:
        """Do it, a page at a time; give each page's end. Who stops here has lost one page."""
        known = await self._state.read(volumes.list_volumes)
        every = places.places(known, self._installation)
        stages: list[Callable[[], AsyncIterator[Spot]]] = []
        for place in every:
            stages.append(partial(self._rows, place))
            stages.append(partial(self._files, place, every))
        stages += [self._totals, self._streams]
        for number, stage in enumerate(stages):
            if number < self._from.stage:
                continue
            self._from = self._from if number == self._from.stage else Spot(number)
            async for spot in stage():
                yield spot

    async def _rows(self, place: Place) -> AsyncIterator[Spot]:
        """Each row that says here has its file, of its size."""
        spot = self._from
        trouble = await self._run(place.trouble)
        if trouble:
            self.report.add(Kind.AWAY, trouble)
            return
        after = Held(spot.segment, 0, place.number, spot.key, 0) if spot.segment else None
        while True:
            page = await self._state.read(
                partial(files.every, volume=place.number, after=after, limit=PAGE)
            )
            here = await self._state.read(partial(found.still, held=page, state=files.HERE))
            self.report.looked_at += len(page)
            seen = await self._run(partial(looks.sizes, place, here))
            if seen is None:
                self.report.add(Kind.AWAY, f"{place.root} went while it was looked at")
                return
            await self._missing(place, seen.missing)
            for one, size in seen.wrong:
                self.report.add(Kind.SIZE, f"{place.path(one.key)} has {size}, not {one.size}")
            if len(page) < PAGE:
                break
            after = page[-1]
            yield Spot(spot.stage, segment=after.segment, key=after.key)
        await self._garbage(place)

    async def _missing(self, place: Place, missing: Sequence[Held]) -> None:
        # What was deleted since the page was read is not missing.
        work = partial(found.still, held=missing, state=files.HERE)
        lost = await self._state.read(work) if missing else []
        if self._mending is not None:
            lost = await self._mending.missing(place, lost)
        for one in lost:
            self.report.add(Kind.MISSING, str(place.path(one.key)))

    async def _garbage(self, place: Place) -> None:
        work = partial(recorded.garbage, volume=place.number, now=0, limit=PAGE)
        while page := await self._state.read(work):
            for one in page:
                self.report.add(Kind.GARBAGE, str(place.path(one.held.key)))
            if self._mending is None or not await self._mending.garbage(place, page):
                break

    async def _files(self, place: Place, every: Sequence[Place]) -> AsyncIterator[Spot]:
        """Each file has a row, or is being written."""
        spot = self._from
        if await self._run(place.trouble):
            return  # said by the rows
        try:
            folders = await self._run(partial(tree.folders, place, [one.root for one in every]))
        except OSError as error:
            self.report.add(Kind.UNREAD, f"{place.root} ({error})")
            return
        last: tuple[str, str] | None = None
        rows: set[str] = set()
        for path in folders:
            if f"/{path}" <= spot.folder:
                continue
            try:
                marked = await self._run(partial(tree.marked, place))
                folder = await self._run(partial(tree.files, place, path))
            except OSError as error:
                self.report.add(Kind.UNREAD, f"{place.path(path)} ({error})")
                continue
            if folder.stream != last:
                last, rows = folder.stream, await self._keys(place, folder.stream)
            await self._folder(place, folder, rows, marked)
            yield Spot(spot.stage, folder=f"/{path}")

    async def _folder(
        self, place: Place, folder: tree.Folder, rows: set[str], marked: frozenset[str]
    ) -> None:
        for name in folder.others:
            self.report.add(Kind.FOREIGN, str(place.path(f"{folder.path}/{name}")))
        keys = folder.keys
        self.report.looked_at += len(keys)
        odd = [key for key in keys if key not in rows and key not in marked]
        if odd:
            # Rows that were made since, and files that a recorder began since.
            rows |= await self._keys(place, folder.stream)
            writing = await self._state.read(partial(files.being_written, volume=place.number))
            odd = [key for key in odd if key not in rows and key not in writing]
        for first in range(0, len(odd), PAGE):
            await self._orphans(place, odd[first : first + PAGE])

    async def _orphans(self, place: Place, odd: Sequence[str]) -> None:
        read = await self._run(partial(looks.told, place, odd))
        fresh: list[tuple[str, SegmentClosed]] = []
        ids = [one.segment for _, one in read if not isinstance(one, Left)]
        known = await self._state.read(partial(found.located, ids=ids))
        for key, one in read:
            path = str(place.path(key))
            if isinstance(one, Left):
                if one.why in KINDS:
                    self.report.add(KINDS[one.why], f"{path}: {one.sentence}")
                continue
            lies = [x.held for x in known.get(one.segment, []) if x.held.volume == place.number]
            if any(held.key == key for held in lies):
                continue  # its row stands under another stream than its folder's
            if lies:
                self.report.add(Kind.TWICE, f"{path} and {lies[0].key}")
                continue
            self.report.add(Kind.ORPHAN, path)
            fresh.append((key, one))
        if self._mending is not None and fresh:
            self.report.adopted += await self._mending.orphans(place, fresh)

    async def _keys(self, place: Place, stream: tuple[str, str] | None) -> set[str]:
        """Keys of the stream to which a folder belongs by its name."""
        if stream is None:
            return set()
        number = await self._state.read(partial(cameras.stream, camera=stream[0], name=stream[1]))
        if number is None:
            return set()
        return await self._state.read(partial(found.keys, volume=place.number, stream=number))

    async def _totals(self) -> AsyncIterator[Spot]:
        counted, said = await self._state.read(looks.totals)
        wrong = [key for key in {*counted, *said} if counted.get(key) != said.get(key)]
        for volume, stream in sorted(wrong):
            real = counted.get((volume, stream), (0, 0))
            self.report.add(Kind.TOTALS, f"stream {stream} on volume {volume} has {real[0]} files")
        if wrong and self._mending is not None:
            await self._mending.totals()
        yield Spot(self._from.stage + 1)

    async def _streams(self) -> AsyncIterator[Spot]:
        """Runs, gaps and pauses of each stream lie end to end."""
        spot = self._from
        now = self._clock.wall()
        for number, (camera, name) in (await self._state.read(cameras.list_streams)).items():
            if number <= spot.stream:
                continue
            lines = await self._state.read(
                partial(coverage.lines, streams=[number], began=0, ended=now, now=now)
            )
            for line in lines[number]:
                for fault in line.faults:
                    span = f"{fault.kind} for {(fault.ended - fault.began) / SECOND:.1f} s"
                    self.report.add(
                        Kind.TILING, f"{camera} {name}: {span} from {fault.began} µs on"
                    )
            yield Spot(spot.stage, stream=number)


async def check(
    state: State,
    clock: Clock,
    run: Run,
    *,
    installation: str,
    mend: bool = False,
    spot: Spot | None = None,
    progress: Callable[[Report], None] = lambda report: None,
    step: Step = onward,
) -> Report:
    """The rules of the pair for every volume. Reads only, unless it is asked to mend.

    progress: called after each page. spot: where another check stopped.
    """
    mending = Mending(state, clock, run, step=step) if mend else None
    one = Check(state, clock, run, installation=installation, mending=mending, spot=spot)
    async for _ in one.pages():
        progress(one.report)
    return one.report
