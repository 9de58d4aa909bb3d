"""A data folder whose catalogue knows real segments of one camera on two volumes."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from nvr_core.clock import SECOND
from nvr_core.state import cameras, files, footage, ledger, roster
from nvr_core.state.catalogue import State
from nvr_core.state.files import Held
from nvr_core.state.opening import opened
from nvr_core.state.volumes import add_volume, list_volumes
from nvr_core.storage import boxes
from nvr_core.wire.facts import Fact, Numbered, SegmentClosed, SegmentOpened
from tests.core.admin.filled import Still
from tests.core.media import encoded
from tests.core.media.encoded import T0, build, video

CAMERA = encoded.opening().camera
NAME = "Gerbang Utara"
LENGTH = 4 * SECOND
"""Of each segment: frames 0 to 99 of the first, 0 to 99 again of each that follows."""
TICKS = 360_000


@dataclass(frozen=True)
class Shelf:
    """The first segment lies on one volume, the second on both, the third is being written."""

    folder: Path
    config: Path

    def path(self, volume: str, number: int) -> Path:
        return self.folder / volume / CAMERA / "main" / f"{number}.mp4"

    @contextmanager
    def written(self) -> Iterator[None]:
        """Somebody holds the third one while the block runs."""
        with self.path("one", 2).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


async def made(folder: Path) -> Shelf:
    """The catalogue is closed again."""
    shelf = Shelf(folder, folder / "ronda.toml")
    shelf.config.write_text('runtime = "run"\n')
    clock = Still(T0 + 3 * LENGTH)
    for volume, number in (("one", 0), ("one", 1), ("two", 1), ("one", 2)):
        path = shelf.path(volume, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        start = T0 + number * LENGTH
        own = video("libx264").later(number * TICKS)
        whole = build(own, start=start, sequence=number, close=number < 2)
        # The third ends in the middle of its last second.
        path.write_bytes(whole if number < 2 else whole[:-100])
    async with opened(folder / "data", clock, pause=0) as state:
        enter = partial(roster.enter, clock=clock, limit=None)
        await state.write(partial(enter, volume=str(folder / "one")), now=True)
        watched = partial(cameras.add_camera, clock=clock, name=NAME, channel=None, camera=CAMERA)
        await state.write(watched, now=True)
        two = partial(add_volume, clock=clock, root=str(folder / "two"), role="copy")
        await state.write(two, now=True)
        closed = [_told(shelf.path("one", number)) for number in (0, 1)]
        await _apply(state, [*closed, _opened(closed[1], shelf.path("one", 2))], clock)
        await state.write(partial(_copied, shelf=shelf, segment=closed[1].segment), now=True)
    return shelf


async def removed(shelf: Shelf) -> None:
    """Nobody watches the camera any more."""
    clock = Still(T0 + 4 * LENGTH)
    async with opened(shelf.folder / "data", clock, pause=0) as state:
        work = partial(cameras.remove_camera, camera=CAMERA, at=clock.now)
        await state.write(work, now=True)


def _told(path: Path) -> SegmentClosed:
    said = boxes.told(path)
    assert isinstance(said, SegmentClosed)
    return said


def _opened(before: SegmentClosed, path: Path) -> SegmentOpened:
    shared = {
        name: getattr(before, name) for name in SegmentOpened.__dataclass_fields__ if name != "path"
    }
    made = SegmentOpened(**shared, path=str(path))
    opening = encoded.opening(2)
    return replace(
        made, segment=opening.segment, sequence=2, start=before.start + LENGTH, base=2 * TICKS
    )


async def _apply(state: State, facts: list[Fact], clock: Still) -> None:
    numbered = [
        Numbered(number=number, at=clock.now, fact=fact)  # type: ignore[arg-type] # kept facts
        for number, fact in enumerate(facts, 1_000_001)
    ]
    await state.write(partial(ledger.apply, recorder="rtsp", facts=numbered), now=True)


def _copied(connection: Connection, shelf: Shelf, segment: str) -> None:
    found = footage.segment(connection, segment)
    assert found is not None
    volumes = {one.root: one.number for one in list_volumes(connection)}
    held = Held(
        found.number, found.stream, volumes[str(shelf.folder / "two")], found.key, found.size
    )
    files.here(connection, [held])
