from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core.clock import SECOND, SystemClock
from nvr_core.recording.footage import Footage
from nvr_core.recording.mending import AGAIN, Mending
from nvr_core.recording.reads import Reads
from nvr_core.testing.story import Story
from tests.core.recording.conftest import Tell


class Steered(SystemClock):
    def __init__(self) -> None:
        self.now = 0

    def monotonic(self) -> int:
        return self.now


@pytest.fixture
def reads() -> Iterator[Reads]:
    reads = Reads()
    yield reads
    reads.close()


@pytest.fixture
def clock() -> Steered:
    return Steered()


async def test_what_grew_while_the_server_was_away_is_read_back(
    footage: Footage, story: Story, tell: Tell, reads: Reads, clock: Steered
) -> None:
    tell([story.begin()])
    for key in (True, False, True):
        story.fragment(key=key)
    await Mending(footage, reads, clock).round()
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    assert len(growing.segment.parts) == 1
    assert len(growing.group) == 1
    tell([story.fragment(key=False)])
    assert len(growing.group) == 2


async def test_what_a_dead_recorder_left_is_shown_to_its_last_whole_fragment(
    footage: Footage, story: Story, tell: Tell, reads: Reads, clock: Steered
) -> None:
    tell([story.begin()])
    story.fragment()
    story.fragment()
    opened = story.opened
    assert opened is not None
    tell([story.begin()])  # the next life's segment
    torn = Path(opened.path)
    torn.write_bytes(torn.read_bytes()[:-10])
    await Mending(footage, reads, clock).round()
    left = footage.segment(opened.segment)
    assert left is not None
    assert len(left.parts) == 1
    assert left.duration == SECOND // 2


async def test_an_unreadable_file_is_left_alone_for_a_while(
    footage: Footage, story: Story, tell: Tell, reads: Reads, clock: Steered
) -> None:
    tell([story.begin()])
    opened = story.opened
    assert opened is not None
    whole = Path(opened.path).read_bytes()
    Path(opened.path).write_bytes(b"nonsense")
    mending = Mending(footage, reads, clock)
    await mending.round()
    Path(opened.path).write_bytes(whole)
    story.fragment()
    await mending.round()
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    assert growing.group == []
    clock.now += AGAIN
    await mending.round()
    assert len(growing.group) == 1


async def test_a_vanished_file_is_no_error(
    footage: Footage, story: Story, tell: Tell, reads: Reads, clock: Steered
) -> None:
    tell([story.begin()])
    assert story.opened is not None
    Path(story.opened.path).unlink()
    await Mending(footage, reads, clock).round()
    assert len(footage.open_segments()) == 1
