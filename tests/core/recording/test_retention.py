from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.retention import BATCH, believed, excess, oldest
from nvr_core.recording.segments import Segment
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


YEAR_1970 = 60 * SECOND
MINUTE = 60 * SECOND


def kept(recorder: str, order: int, start: int) -> Segment:
    """A closed segment of a minute and 100 bytes."""
    return Segment(
        segment=f"{recorder}-{order}",
        camera=f"camera of {recorder}",
        stream="main",
        run="run",
        order=order,
        path=f"/volume/{recorder}-{order}.mp4",
        ring=False,
        start=start,
        codec="avc1",
        timescale=90_000,
        init_size=1,
        base=0,
        width=640,
        height=360,
        recorder=recorder,
        closed=True,
        duration=MINUTE,
        size=100,
    )


def test_footage_stamped_1970_waits_for_its_turn(
    footage: Footage, story: Story, tell: Tell, tmp_path: Path
) -> None:
    """A machine whose clock has no battery begins in 1970: what it recorded last goes last."""
    for _ in range(3):
        tell(story.whole())
    size = next(iter(footage)).size
    tell(Story("gang", folder=tmp_path, wall=YEAR_1970, run="without a battery").whole())
    gone = excess(footage, 2 * size + size // 2)
    assert [one.start for one in gone] == [NOON, NOON + 2 * SECOND]


@pytest.mark.parametrize("wrong", [YEAR_1970, 2 * NOON])
def test_a_wrong_clock_of_one_recorder_costs_the_other_nothing(wrong: int) -> None:
    """Twenty minutes in which only one of them recorded, and the clock was wrong."""
    right = [kept("av", place, NOON + place * MINUTE) for place in range(100)]
    ours = [
        kept("rtsp", place, wrong + place if 40 <= place < 60 else NOON + place * MINUTE)
        for place in range(100)
    ]
    for count in range(20, 200, 20):
        gone = excess([*ours, *right], 100 * (200 - count) + 10)
        of_ours = sum(one.recorder == "rtsp" for one in gone)
        assert abs(of_ours - len(gone) / 2) <= 10


@given(
    st.lists(st.tuples(st.sampled_from(["rtsp", "av"]), st.integers(0, 4 * NOON)), max_size=60),
    st.integers(0, 6000),
    st.randoms(),
)
def test_no_clock_jumps_the_queue_of_its_recorder(
    told: list[tuple[str, int]], limit: int, chance: object
) -> None:
    """Whatever the stamps say: of each recorder goes what was recorded first, and enough of it."""
    segments = [kept(name, order, start) for order, (name, start) in enumerate(told)]
    chance.shuffle(segments)  # type: ignore[attr-defined] # hypothesis gives random.Random
    gone = excess(segments, limit)
    for name in ("rtsp", "av"):
        recorded = sorted(one.order for one in segments if one.recorder == name)
        went = [one.order for one in gone if one.recorder == name]
        assert went == recorded[: len(went)]
    assert 100 * (len(segments) - len(gone)) <= limit or len(gone) == len(segments)


@given(st.lists(st.tuples(st.sampled_from(["rtsp", "av"]), st.integers(0, 1000)), max_size=60))
def test_with_right_clocks_the_oldest_goes_first_whoever_recorded_it(
    steps: list[tuple[str, int]],
) -> None:
    segments, now = [], NOON
    for order, (name, step) in enumerate(steps):
        now += step
        segments.append(kept(name, order, now))
    starts = [one.start for one in oldest(segments)]
    assert starts == sorted(starts)
    assert len(starts) == len(segments)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_a_clock_that_was_wrong_for_a_while_is_seen_through(
    before: int, wrong: int, after: int, ahead: bool
) -> None:
    """Times that were wrong for a while get those of a right neighbour."""
    wrong = min(wrong, after - 1 if ahead else before)
    right = [NOON + place * MINUTE for place in range(before + wrong + after)]
    times = list(right)
    for place in range(before, before + wrong):
        times[place] = 2 * NOON + place if ahead else place
    found = believed(times)
    assert found == sorted(found)
    assert found[:before] == right[:before]
    assert found[before + wrong :] == right[before + wrong :]
