"""Repairs touch what this recorder left on its own volume, and nothing else."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recorder import disk, history
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.options import Options
from nvr_core.recorder.repairs import Repairs
from nvr_core.recorder.store import Volume
from nvr_core.recorder.trouble import Trouble
from nvr_core.testing.story import Story
from nvr_core.wire import volume
from nvr_core.wire.facts import (
    Cause,
    Fact,
    GapOpened,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
)

OURS = "ours/main/2026/01/02/a.mp4"
THEIRS = "theirs/main/2026/01/02/a.mp4"
CLOCK = SystemClock()


def leave(root: Path, key: str, seconds_ago: int = 60) -> SegmentOpened:
    """What a killed recorder leaves of a segment: a file without an end, and a marker."""
    (root / key).parent.mkdir(parents=True)
    (root / volume.OPEN).mkdir(exist_ok=True)
    (root / volume.OPEN / volume.marker_name(key)).touch()
    wall = CLOCK.wall() - seconds_ago * 1_000_000
    story = Story(key.split("/")[0], folder=root, wall=wall)
    opened = story.begin(key.removesuffix(".mp4"))
    story.fragment()
    return opened


async def repaired(root: Path, past: history.Past, *, installation: str = "home") -> list[Fact]:
    """All that is told when a recorder whose stream is ours/main looks at the volume."""
    told: list[Fact] = []
    loop = asyncio.get_running_loop()

    def tell(fact: Fact) -> int:
        told.append(fact)
        return len(told)

    def durably(tell: Callable[[], object], then: Callable[[], object]) -> None:
        tell()
        then()

    store = Volume(root, installation, loop, Options(), CLOCK, tell, durably)
    ledger = Ledger(CLOCK, "start", tell, lambda: f"gap-{len(told)}")
    ledger.missing("ours/main", Cause.RECORDER_STOPPED)
    repairs = Repairs(store, loop, CLOCK, tell, past)
    repairs.again(ledger)
    await repairs.idle()
    assert await store.settle(5.0)
    await repairs.stop(5.0)
    await store.stop(5.0)
    return [fact for fact in told if isinstance(fact, SegmentClosed | SegmentGone | GapOpened)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    volume.prepare(tmp_path, "home")
    return tmp_path


async def test_a_file_is_repaired_and_the_hole_behind_it_is_told(root: Path) -> None:
    leave(root, OURS)
    now, hole, closed = await repaired(root, history.Past())
    assert isinstance(now, GapOpened)
    assert isinstance(hole, GapOpened)
    assert isinstance(closed, SegmentClosed)
    assert hole.wall == closed.start + closed.duration
    assert now.wall - hole.wall > 50_000_000
    assert disk.open_keys(root) == []


async def test_a_segment_that_only_the_journal_knows_is_found(root: Path) -> None:
    opened = leave(root, OURS)
    disk.unmark(root, OURS)
    past = history.Past(open_segments={opened.segment: opened})
    assert any(isinstance(fact, SegmentClosed) for fact in await repaired(root, past))
    assert past.open_segments == {}


async def test_a_segment_whose_file_is_not_there_is_told_as_gone(root: Path) -> None:
    opened = leave(root, OURS)
    (root / OURS).unlink()
    past = history.Past(open_segments={opened.segment: opened})
    assert any(isinstance(fact, SegmentGone) for fact in await repaired(root, past))


async def test_what_another_recorder_left_is_its_own_affair(root: Path) -> None:
    leave(root, THEIRS)
    before = (root / THEIRS).read_bytes()
    assert len(await repaired(root, history.Past())) == 1
    assert (root / THEIRS).read_bytes() == before
    assert disk.open_keys(root) == [THEIRS]


async def test_a_foreign_volume_is_not_touched(root: Path) -> None:
    leave(root, OURS)
    before = (root / OURS).read_bytes()
    assert len(await repaired(root, history.Past(), installation="another")) == 1
    assert (root / OURS).read_bytes() == before


async def test_of_a_disk_that_is_away_no_file_is_said_to_be_gone(root: Path) -> None:
    opened = leave(root, OURS)
    away = root.rename(root.with_name("away"))
    root.mkdir()
    past = history.Past(open_segments={opened.segment: opened})
    assert len(await repaired(root, past)) == 1
    assert past.open_segments != {}
    assert (away / OURS).exists()


async def test_what_this_start_tells_or_has_told_is_not_told_again_when_the_disk_is_well(
    root: Path,
) -> None:
    """The disk was full, and no marker went: the journal did not take the facts either."""
    leave(root, OURS)
    growing = "ours/main/2026/01/03/b.mp4"
    leave(root, growing)
    told: list[Fact] = []
    loop = asyncio.get_running_loop()

    def tell(fact: Fact) -> int:
        told.append(fact)
        return len(told)

    store = Volume(root, "home", loop, Options(), CLOCK, tell, lambda say, _: (say(), None)[1])
    ledger = Ledger(CLOCK, "start", tell, lambda: f"gap-{len(told)}")
    ledger.missing("ours/main", Cause.RECORDER_STOPPED)
    repairs = Repairs(store, loop, CLOCK, tell, history.Past())
    store.begun(growing)
    before = (root / growing).read_bytes()
    for _ in range(3):
        repairs.again(ledger)
        await repairs.idle()
        assert await store.settle(5.0)
        repairs.rest(Trouble(Cause.DISK_FULL, "full"))
    assert [fact.path for fact in told if isinstance(fact, SegmentClosed)] == [str(root / OURS)]
    assert (root / growing).read_bytes() == before
    store.given_up(growing)
    repairs.again(ledger)
    await repairs.idle()
    assert await store.settle(5.0)
    assert len([fact for fact in told if isinstance(fact, SegmentClosed)]) == 2
    await repairs.stop(5.0)
    await store.stop(5.0)


async def test_the_cause_of_a_hole_is_that_of_its_time(root: Path) -> None:
    """Before this start the recorder was away; since then the disk was."""
    leave(root, OURS)
    told: list[Fact] = []
    loop = asyncio.get_running_loop()

    def tell(fact: Fact) -> int:
        told.append(fact)
        return len(told)

    store = Volume(root, "home", loop, Options(), CLOCK, tell, lambda say, _: (say(), None)[1])
    ledger = Ledger(CLOCK, "start", tell, lambda: f"gap-{len(told)}")
    repairs = Repairs(store, loop, CLOCK, tell, history.Past())
    wall = CLOCK.wall()
    ledger.missing("ours/main", Cause.DISK_FULL, since=(wall + 9_000_000, 0))
    repairs.rest(Trouble(Cause.DISK_FULL, "full"))
    late = "ours/main/2026/01/03/b.mp4"
    leave(root, late, -5)
    repairs.again(ledger)
    await repairs.idle()
    holes = [fact for fact in told if isinstance(fact, GapOpened)][1:]
    assert [(gap.cause, gap.sentence) for gap in holes] == [
        (Cause.RECORDER_STOPPED, history.ABSENT),
        (Cause.DISK_FULL, "full"),
    ]
    await repairs.stop(5.0)
    await store.stop(5.0)
