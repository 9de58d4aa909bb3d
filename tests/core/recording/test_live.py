from __future__ import annotations

import asyncio

import pytest

from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.live import Live, Watch
from nvr_core.testing.story import Story


@pytest.fixture
def changes() -> list[frozenset[tuple[str, str]]]:
    return []


@pytest.fixture
def live(footage: Footage, changes: list[frozenset[tuple[str, str]]]) -> Live:
    made = Live(footage, lambda: changes.append(made.watched))
    return made


def offsets(watch: Watch) -> list[int]:
    found = []
    while (fragment := watch.backlog.take()) is not None:
        found.append(fragment.offset)
    return found


def test_a_viewer_begins_at_the_newest_key_frame(
    footage: Footage, story: Story, live: Live
) -> None:
    footage.apply(story.begin(), Origin("rtsp"))
    told = [story.fragment(key=key) for key in (True, False, True, False)]
    for fragment in told[:3]:
        footage.apply(fragment, Origin("rtsp"))
    arrived = asyncio.Event()
    with live.watch("gang", "main", arrived) as watch:
        assert arrived.is_set()
        live.written(told[3])
        assert offsets(watch) == [told[2].offset, told[3].offset]
    live.written(told[3])
    assert offsets(watch) == []


def test_a_viewer_of_nothing_waits_for_a_key_frame(story: Story, live: Live) -> None:
    arrived = asyncio.Event()
    story.begin()
    with live.watch("gang", "main", arrived) as watch:
        assert not arrived.is_set()
        live.written(story.fragment(key=False))
        key = story.fragment()
        live.written(key)
        assert offsets(watch) == [key.offset]


def test_an_index_that_is_behind_shows_no_old_key_frame(
    footage: Footage, story: Story, live: Live
) -> None:
    footage.apply(story.begin(), Origin("rtsp"))
    footage.apply(story.fragment(), Origin("rtsp"))
    story.fragment(key=False)
    footage.apply(story.fragment(key=False), Origin("rtsp"))
    with live.watch("gang", "main", asyncio.Event()) as watch:
        assert offsets(watch) == []


def test_the_first_viewer_and_the_last_one_are_news(
    live: Live, changes: list[frozenset[tuple[str, str]]]
) -> None:
    key = ("gang", "main")
    with live.watch(*key, asyncio.Event()):
        with live.watch(*key, asyncio.Event()), live.watch("gang", "sub", asyncio.Event()):
            assert live.watched == {key, ("gang", "sub")}
        assert live.watched == {key}
    assert [sorted(one) for one in changes] == [[key], [key, ("gang", "sub")], [key], []]
