"""What was recorded, from the catalogue and from memory, as one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from nvr_core.clock import SECOND
from nvr_core.recording.archive import REMEMBERED, Archive
from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.reads import Busy
from nvr_core.state import errors, ledger
from nvr_core.state.catalogue import State
from nvr_core.testing.story import Story
from nvr_core.wire.facts import (
    Cause,
    Fact,
    GapClosed,
    News,
    Numbered,
    SegmentClosed,
)
from tests.core.recording.conftest import NOON

HOUR = 3600 * SECOND
Say = Callable[..., Awaitable[None]]


@pytest.fixture
def say(state: State, footage: Footage) -> Say:
    """Tell facts as "rtsp"; stored: the catalogue holds them, and memory was told so."""
    number = 0

    async def saying(*facts: Fact, stored: bool) -> None:
        nonlocal number
        kept = []
        for fact in facts:
            if isinstance(fact, News):
                footage.apply(fact, Origin("rtsp"))
                continue
            number += 1
            footage.apply(fact, Origin("rtsp", number, NOON))
            kept.append(Numbered(number=number, at=NOON, fact=fact))
        if stored:
            await state.write(partial(ledger.apply, recorder="rtsp", facts=kept), now=True)
            footage.stored("rtsp", number)

    return saying


async def test_playing_crosses_from_the_catalogue_into_memory(
    archive: Archive, story: Story, say: Say
) -> None:
    await say(*story.whole(), *story.whole(), *story.whole(), stored=True)
    await say(*story.whole(), stored=False)
    await say(story.begin(), story.fragment(), story.fragment(), stored=False)
    items = await archive.from_moment("gang", "main", NOON)
    assert [item.segment.closed for item in items] == [True, True, True, True, False]
    assert len({item.segment.segment for item in items}) == 5
    assert len({item.segment.run for item in items}) == 1, "no seam where the catalogue ends"
    whole = [part for item in items for part in item.parts]
    assert [part.start + part.duration for part in whole[:-1]] == [part.start for part in whole[1:]]
    assert items[0].segment.path.endswith(f"{items[0].segment.segment}.mp4")
    first = items[0]
    rest = await archive.after(first.segment, first.parts[-1].offset)
    assert [item.segment.segment for item in rest] == [item.segment.segment for item in items[1:]]
    last = items[-1]
    assert await archive.after(last.segment, last.parts[-1].offset) == []


async def test_a_page_that_ends_in_the_catalogue_is_not_continued_by_memory(
    archive: Archive, story: Story, say: Say
) -> None:
    for _ in range(80):
        await say(*story.whole(groups=1, length=1), stored=True)
    await say(story.begin(), story.fragment(), story.fragment(), stored=False)
    items = await archive.from_moment("gang", "main", NOON)
    starts = [item.segment.start for item in items]
    assert starts == [NOON + n * SECOND // 2 for n in range(len(items))]
    assert all(item.segment.closed for item in items)


async def test_a_segment_without_a_key_frame_is_led_into(
    archive: Archive, story: Story, say: Say
) -> None:
    await say(*story.whole(), stored=True)
    second = story.whole(no_key=True)
    await say(*second, *story.whole(), stored=True)
    closed = second[-1]
    assert isinstance(closed, SegmentClosed)
    items = await archive.from_moment("gang", "main", closed.start + 1)
    assert [len(item.parts) for item in items][:2] == [1, 2]
    assert items[0].segment.end == closed.start


async def test_rings_and_streams_that_nobody_told_of(archive: Archive, say: Say) -> None:
    ring = Story("gang", stream="sub", ring=True, wall=NOON)
    await say(*ring.whole(), stored=False)
    (item,) = await archive.from_moment("gang", "sub", NOON)
    assert item.segment.ring
    assert await archive.from_moment("gang", "main", NOON) == []
    assert await archive.spans("nobody", "main", NOON, NOON + HOUR, 0) == []
    assert await archive.gaps("nobody", "main", NOON, NOON + HOUR) == []
    assert (await archive.kept("nobody", "main")).oldest is None


async def test_stretches_meet_where_memory_takes_over(
    archive: Archive, story: Story, say: Say
) -> None:
    await say(*story.whole(), *story.whole(), stored=True)
    await say(*story.whole(), *story.gap(60), *story.whole(), stored=False)
    spans = await archive.spans("gang", "main", NOON - HOUR, NOON + HOUR, 0)
    assert spans == [(NOON, NOON + 6 * SECOND), (NOON + 66 * SECOND, NOON + 68 * SECOND)]
    cut = await archive.spans("gang", "main", NOON + SECOND, NOON + 3 * SECOND, 0)
    assert cut == [(NOON + SECOND, NOON + 3 * SECOND)]
    near = await archive.spans("gang", "main", NOON - HOUR, NOON + HOUR, 100 * SECOND)
    assert near == [(NOON, NOON + 68 * SECOND)]


async def test_the_last_word_on_a_gap_counts_before_it_is_stored(
    archive: Archive, story: Story, say: Say
) -> None:
    opened, closed = story.gap(10)
    assert isinstance(closed, GapClosed)

    async def gaps() -> list[tuple[int, int | None, str]]:
        found = await archive.gaps("gang", "main", NOON - HOUR, NOON + HOUR)
        return [(gap.began - NOON, gap.ended and gap.ended - NOON, gap.cause) for gap in found]

    await say(opened, stored=False)
    assert await gaps() == [(0, None, Cause.CAMERA_UNREACHABLE)]
    await say(opened, stored=True)
    assert await gaps() == [(0, None, Cause.CAMERA_UNREACHABLE)]
    await say(replace(closed, cause=Cause.POWER), stored=False)
    assert await gaps() == [(0, 10 * SECOND, Cause.POWER)]
    await say(closed, stored=True)
    assert await gaps() == [(0, 10 * SECOND, Cause.CAMERA_UNREACHABLE)]
    await say(replace(closed, wall=NOON + SECOND), stored=False)
    assert await gaps() == [(0, SECOND, Cause.CAMERA_UNREACHABLE)]
    await say(replace(closed, wall=NOON), stored=False)
    assert await gaps() == [], "it was none"


async def test_a_segment_is_remembered_for_whoever_fetches_its_parts_and_forgotten_with_its_file(
    archive: Archive, story: Story, say: Say, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = story.whole()
    await say(*first, *story.whole(), stored=True)
    name = first[0].segment  # type: ignore[union-attr] # the first fact opens it
    found = await archive.segment(name)
    assert found is not None
    assert await archive.segment(name) is found

    async def busy(work: object) -> None:
        raise errors.Busy("Come again.")

    monkeypatch.setattr(state, "read", busy)
    assert await archive.segment(name) is found
    archive.forget(name)
    with pytest.raises(Busy, match="Come again"):
        await archive.segment(name)
    assert REMEMBERED > 100


async def test_what_is_kept_counts_what_grows(archive: Archive, story: Story, say: Say) -> None:
    facts = story.whole()
    await say(*facts, stored=True)
    closed = facts[-1]
    assert isinstance(closed, SegmentClosed)
    kept = await archive.kept("gang", "main")
    assert (kept.bytes, kept.oldest) == (closed.size, NOON)
    opened = story.begin()
    grown = story.fragment()
    await say(opened, grown, stored=False)
    assert (await archive.kept("gang", "main")).bytes == closed.size + grown.offset + grown.size
