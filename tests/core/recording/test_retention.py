from __future__ import annotations

from pathlib import Path

from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.retention import BATCH, excess
from nvr_core.testing.story import Story
from tests.core.recording.conftest import NOON, Tell


def test_nothing_goes_while_there_is_room(footage: Footage, story: Story, tell: Tell) -> None:
    tell(story.whole())
    (segment,) = footage
    assert excess(footage, segment.size) == []


def test_the_oldest_goes_first_whosever_it_is(footage: Footage, tmp_path: Path) -> None:
    ours = Story("ours", folder=tmp_path, wall=NOON)
    theirs = Story("theirs", folder=tmp_path, wall=NOON + 700_000)
    for _ in range(3):
        for fact in ours.whole() + theirs.whole():
            footage.apply(fact, Origin("rtsp", 1))
    size = next(iter(footage)).size
    gone = excess(footage, 3 * size + size // 2)
    assert [(one.camera, one.start) for one in gone] == [
        ("ours", NOON),
        ("theirs", NOON + 700_000),
        ("ours", NOON + 2_000_000),
    ]


def test_what_grows_counts_but_stays_and_rings_do_not_count(
    footage: Footage, story: Story, tell: Tell, tmp_path: Path
) -> None:
    ring = Story("gang", "sub", ring=True, folder=tmp_path, wall=NOON - 10**9)
    tell(ring.whole())
    tell(story.whole())
    tell([story.begin(), story.fragment()])
    closed = footage.stream("gang", "main").segments[0]
    assert excess(footage, 1) == [closed]


def test_one_round_is_bounded(footage: Footage, tell: Tell) -> None:
    story = Story("gang", wall=NOON)
    for _ in range(BATCH + 5):
        tell(story.whole(groups=1, length=1))
    assert len(excess(footage, 1)) == BATCH
