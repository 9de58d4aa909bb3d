"""A small office: a catalogue, volumes with real files, and a recorder that tells what it wrote."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from nvr_core.clock import SECOND
from nvr_core.state import files, ledger, opening
from nvr_core.state.catalogue import State
from nvr_core.state.steps import Step, onward
from nvr_core.state.volumes import add_volume, list_volumes
from nvr_core.storage.ages import Trust
from nvr_core.storage.service import Storage
from nvr_core.testing.story import Story
from nvr_core.wire import volume
from nvr_core.wire.facts import Fact, Numbered, RecorderStarted, SegmentClosed

NOON = 1_795_500_000 * SECOND
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
OURS = "here"

T = TypeVar("T")


async def run(call: Callable[[], T], /) -> T:
    return call()


@dataclass
class Clock:
    """Stands until it is moved. Setting `wall_offset` is what a person does to a clock."""

    passed: int = 0
    wall_offset: int = 0

    def wall(self) -> int:
        return NOON + self.passed + self.wall_offset

    def monotonic(self) -> int:
        return self.passed


@dataclass
class House:
    """Everything that a test of storage needs, in one folder."""

    data: Path
    state: State
    clock: Clock
    trust: Trust = field(default_factory=lambda: Trust(synchronised=True))
    number: int = 1_000_000
    runs: int = 0
    stories: dict[tuple[str, str], Story] = field(default_factory=dict)
    told: list[SegmentClosed] = field(default_factory=list)

    def root(self, name: str = "volume") -> Path:
        return self.data / name

    def storage(self, step: Step = onward, trust: Callable[[], Trust] | None = None) -> Storage:
        believed = trust or (lambda: self.trust)
        return Storage(self.state, self.clock, run, installation=OURS, trust=believed, step=step)

    async def add_volume(self, name: str = "volume", limit: int | None = None) -> int:
        """The local number of a volume that is made, with no reserve of its own."""
        volume.prepare(self.root(name), OURS)
        await self.state.write(
            partial(
                add_volume,
                clock=self.clock,
                root=str(self.root(name)),
                limit_bytes=limit,
                reserve_bytes=0,
            )
        )
        return (await self.state.read(list_volumes))[-1].number

    async def limit(self, name: str, limit: int | None, reserve: int | None = 0) -> None:
        from nvr_core.state.volumes import change_volume

        known = await self.state.read(list_volumes)
        one = next(one for one in known if one.root == str(self.root(name)))
        await self.state.write(
            partial(
                change_volume,
                volume=one.volume,
                state="here",
                role="primary",
                limit_bytes=limit,
                reserve_bytes=reserve,
            ),
            now=True,
        )

    async def tell(self, facts: list[Fact], recorder: str = "rtsp") -> None:
        numbered = []
        for fact in facts:
            self.number += 1
            numbered.append(Numbered(number=self.number, at=self.clock.wall(), fact=fact))  # type: ignore[arg-type] # only kept facts are told
        await self.state.write(partial(ledger.apply, recorder=recorder, facts=numbered), now=True)
        self.told += [fact for fact in facts if isinstance(fact, SegmentClosed)]

    def story(self, camera: str, stream: str = "main", name: str = "volume") -> Story:
        made = self.stories.get((camera, stream))
        if made is None:
            made = Story(camera, stream, run="run-000000", wall=self.clock.wall(), sequence=1000)
            self.stories[camera, stream] = made
        day = time.strftime("%Y/%m/%d", time.gmtime(self.clock.wall() // SECOND))
        made.folder = self.root(name) / camera / stream / day
        return made

    async def record(
        self, camera: str = "gang", count: int = 1, *, name: str = "volume", apart: int = 0
    ) -> list[SegmentClosed]:
        """Segments of half a second, `apart` µs from each other, on the clock, told at once."""
        made: list[SegmentClosed] = []
        for _ in range(count):
            story = self.story(camera, name=name)
            assert story.folder is not None
            story.folder.mkdir(parents=True, exist_ok=True)
            if story.wall != self.clock.wall():
                story.wall = self.clock.wall()
                self.runs += 1
                story.run = f"run-{self.runs:06}"  # as long as any other: so are the files
            facts = story.whole(groups=1, length=1)
            self.clock.passed += max(apart, story.wall - self.clock.wall())
            await self.tell(facts)
            made += [fact for fact in facts if isinstance(fact, SegmentClosed)]
        return made

    async def started(self, synchronised: bool = True) -> None:
        await self.tell(
            [
                RecorderStarted(
                    recorder_start="start-1",
                    boot="boot",
                    version="1",
                    wall=self.clock.wall(),
                    monotonic=self.clock.monotonic(),
                    synchronised=synchronised,
                )
            ]
        )

    async def rows(self, number: int = 1) -> dict[str, str]:
        """Key → state of each file of a volume that has a row."""
        found = {
            one.key: files.HERE
            for one in await self.state.read(partial(files.every, volume=number, limit=100_000))
        }
        for state in (files.GARBAGE, files.COPYING, files.QUARANTINED):
            some = await self.state.read(
                partial(files.in_state, volume=number, state=state, limit=100_000)
            )
            found |= {one.key: state for one in some}
        return found

    def disk(self, name: str = "volume") -> set[str]:
        """Keys of the files that lie on a volume."""
        root = self.root(name)
        return {str(path.relative_to(root)) for path in root.rglob("*.mp4")}

    async def fits(self, number: int = 1, name: str = "volume") -> None:
        """Rules 1 and 2 of the pair: each row has its file and each file its row."""
        rows = await self.rows(number)
        disk = self.disk(name)
        here = {key for key, state in rows.items() if state == files.HERE}
        assert here <= disk, f"rows without files: {sorted(here - disk)}"
        writing = await self.state.read(partial(files.being_written, volume=number))
        assert disk <= set(rows) | set(writing), f"files without rows: {sorted(disk - set(rows))}"
        counted = await self.state.read(files.recounted)
        from nvr_core.state import keeping

        totals = await self.state.read(keeping.totals_of)
        said = {(one.volume, one.stream): (one.files, one.bytes) for one in totals}
        assert said == counted


@asynccontextmanager
async def house(data: Path) -> AsyncIterator[House]:
    """Open the catalogue in a folder, new or as it was left."""
    clock = Clock()
    async with opening.opened(data, clock, pause=0) as state:
        yield House(data, state, clock)
